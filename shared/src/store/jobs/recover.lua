-- What brings a job back whose worker is gone, shared by the scripts that claim and renew.

-- in progress -> failed, with the reason.
local function fail(id, job, why)
  redis.call('ZREM', key('leases', job.analysis), id)
  redis.call('HSET', key('job', id), 'error', why)
  settle(id, 'in progress', 'failed', job)
end

-- in progress -> submitted, due again after a pause; or -> failed after the last attempt.
local function give_back(id, analysis, why)
  redis.call('ZREM', key('leases', analysis), id)
  local job = read(id)
  if not job or job.status ~= 'in progress' then
    return
  end
  note_attempt(id, job, why)
  redis.call('HINCRBY', key('totals'), analysis .. ' lost', 1)
  if job.attempts >= job.max_attempts then
    redis.call('HINCRBY', key('totals'), analysis .. ' dead', 1)
    fail(id, job, 'given up after ' .. job.attempts .. ' attempts; the last one: ' .. why)
    return
  end
  -- A quarter more or less, so that what failed together does not come back together.
  local chance = tonumber(string.sub(redis.sha1hex(id .. job.attempts), 1, 4), 16) / 65535
  local pause = RETRY_MS * 2 ^ (job.attempts - 1) * (0.75 + 0.5 * chance)
  local due = int(now + math.floor(pause))
  redis.call('HSET', key('job', id), 'due', due, 'progress', 0)
  redis.call('HDEL', key('job', id), 'worker_address', 'worker_name', 'started', 'note')
  move(id, job.sequence, 'in progress', 'submitted')
  redis.call('ZADD', key('due', analysis), due, id)
end

-- Every job of the analysis whose lease is over.
local function recover(analysis)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('leases', analysis), '-inf', int(now), 'LIMIT', 0, 100)) do
    give_back(id, analysis, 'the worker was lost: killed, out of memory, or a trap in the analysis')
  end
end

-- Puts every job that is due back into the queue, at its old place.
local function promote(analysis)
  local due = key('due', analysis)
  local found = redis.call('ZRANGEBYSCORE', due, '-inf', int(now), 'WITHSCORES', 'LIMIT', 0, 100)
  for i = 1, #found, 2 do
    local id, ready = found[i], found[i + 1]
    redis.call('ZREM', due, id)
    local job = read(id)
    if job and job.status == 'submitted' then
      redis.call('HDEL', key('job', id), 'due')
      redis.call('HSET', key('job', id), 'ready', ready)
      enqueue(id, analysis, job.priority, job.sequence)
    end
  end
end
