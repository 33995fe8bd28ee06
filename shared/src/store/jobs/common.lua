-- What every script of the jobs begins with: the clock, the keys, and the moves that several
-- transitions share. KEYS[1] is the prefix of all keys; the rest of a key is made here, because
-- which job a script touches is known only inside it. All keys share the prefix's hash tag.

-- Redis' own clock, so that all workers have one. In microseconds and milliseconds since 1970.
local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local now = math.floor(micros / 1000)

-- How long a doorbell counts as pending when nobody answers it.
local RING_MS = 2000
-- A job's place in the queue is its sequence number, moved by its priority. Sequence numbers are
-- microseconds since 1970: below 4e15 until 2096, and all sums are exact in a double.
local RANKS = { high = -4e15, normal = 0, low = 4e15 }
-- Pause before the second attempt; each further one doubles it.
local RETRY_MS = 1000
-- Upper ends of the classes in which durations are counted, in ms.
local BUCKETS = { 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000, 300000 }
-- Finished jobs that one call forgets at most.
local SWEEP = 5

-- Numbers as Redis reads them: Lua itself would write 1.7e+15.
local function int(number)
  return string.format('%.0f', number)
end

-- A key of up to four parts. A script makes dozens, so without a table for each.
local function key(a, b, c, d)
  if d then
    return KEYS[1] .. a .. ':' .. b .. ':' .. c .. ':' .. d
  elseif c then
    return KEYS[1] .. a .. ':' .. b .. ':' .. c
  elseif b then
    return KEYS[1] .. a .. ':' .. b
  end
  return KEYS[1] .. a
end

local paused = {}
local function is_paused(analysis)
  if paused[analysis] == nil then
    paused[analysis] = redis.call('SISMEMBER', key('paused'), analysis) == 1
  end
  return paused[analysis]
end

-- Rings the workers of an analysis, unless a ring is pending. Nobody listening is no ring. A paused
-- queue is left in peace.
local function ring(analysis)
  if is_paused(analysis) then
    return
  end
  local flag = key('ring', analysis)
  if redis.call('SET', flag, '1', 'NX', 'PX', RING_MS) then
    if redis.call('PUBLISH', 'almanac.doorbell.' .. analysis, analysis) == 0 then
      redis.call('DEL', flag)
    end
  end
end

local function enqueue(id, analysis, priority, sequence)
  redis.call('ZADD', key('queue', analysis), int((RANKS[priority] or 0) + sequence), id)
end

-- Moves a job from one status to another, and sets other fields of it: a list of names and values. Every
-- transition ends here.
local function move(id, sequence, from, to, fields)
  redis.call('HSET', key('job', id), 'status', to, unpack(fields or {}))
  redis.call('ZREM', key('status', from), id)
  redis.call('ZADD', key('status', to), sequence, id)
end

-- Adds lines to the log of the present attempt; each ends in a line feed. Before them is a line with
-- the number of those that were handed over earlier: what came already, in a call whose answer was lost,
-- is not added again.
local function note_log(id, lines)
  if lines == '' then
    return
  end
  local record = key('job', id)
  local f = redis.call('HMGET', record, 'log', 'logged')
  local logged = tonumber(f[2] or 0)
  local log, at = { f[1] or '' }, nil
  for line in string.gmatch(lines, '[^\n]*\n') do
    at = at and at + 1 or tonumber(line)
    if at > logged then
      log[#log + 1] = line
    end
  end
  redis.call('HSET', record, 'log', table.concat(log), 'logged', int(math.max(at, logged)))
end

-- Takes a job to a final status, and sets other fields of it. What it leaves is forgotten when its
-- retention is over.
local function settle(id, from, to, job, fields)
  fields = fields or {}
  fields[#fields + 1] = 'finished'
  fields[#fields + 1] = int(now)
  move(id, job.sequence, from, to, fields)
  if job.due then
    redis.call('HDEL', key('job', id), 'due')
  end
  redis.call('ZADD', key('expires'), int(now + job.retention), id)
  redis.call('HINCRBY', key('totals'), job.analysis .. ' ' .. to, 1)
  if job.callback then
    redis.call('ZADD', key('callbacks'), int(now), id)
    redis.call('PUBLISH', 'almanac.callbacks', 'due')
  end
end

-- Counts how long the present attempt took, which a worker or its limit ended: not one that was lost.
local function note_duration(job)
  local took = math.max(0, now - job.started)
  local bucket = 'more'
  for _, most in ipairs(BUCKETS) do
    if took <= most then
      bucket = most
      break
    end
  end
  redis.call('HINCRBY', key('durations'), job.analysis .. ' ' .. bucket, 1)
  redis.call('HINCRBY', key('durations'), job.analysis .. ' sum', int(took))
end

-- What the transitions need to know of a job; nil when there is none.
local function read(id)
  local f = redis.call('HMGET', key('job', id), 'status', 'analysis', 'sequence', 'priority',
    'token', 'attempts', 'max_attempts', 'retention', 'stop_at', 'started', 'due', 'callback')
  if not f[1] then
    return nil
  end
  return {
    status = f[1], analysis = f[2], sequence = f[3], priority = f[4], token = f[5],
    attempts = tonumber(f[6]), max_attempts = tonumber(f[7]), retention = tonumber(f[8]),
    stop_at = tonumber(f[9]), started = tonumber(f[10]), due = f[11], callback = f[12],
  }
end

-- Adds the present attempt to the history of those that came to nothing.
local function note_attempt(id, job, why)
  local record = key('job', id)
  local f = redis.call('HMGET', record, 'history', 'worker_address', 'worker_name')
  local line = cjson.encode({
    address = f[2] or '', name = f[3] or '', started = job.started, ended = now, error = why,
  })
  redis.call('HSET', record, 'history', (f[1] or '') .. line .. '\n')
end

-- Forgets a finished job with its files.
local function forget(id)
  local record = key('job', id)
  local f = redis.call('HMGET', record, 'status', 'token', 'files', 'bytes', 'reuse')
  redis.call('ZREM', key('expires'), id)
  redis.call('ZREM', key('all'), id)
  if not f[1] then
    return
  end
  redis.call('ZREM', key('status', f[1]), id)
  if f[3] and f[3] ~= '' then
    for _, file in ipairs(cjson.decode(f[3])) do
      redis.call('DEL', key('file', id, f[2], file.name))
    end
  end
  redis.call('DECRBY', key('bytes'), f[4] or 0)
  if f[5] and redis.call('GET', key('reuse', f[5])) == id then
    redis.call('DEL', key('reuse', f[5]))
  end
  redis.call('DEL', record)
end

-- Forgets finished jobs whose retention is over, and the oldest ones when all results together
-- have more than `max_bytes`. They have `bytes`, if that is known.
local function sweep(max_bytes, bytes)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('expires'), '-inf', int(now), 'LIMIT', 0, SWEEP)) do
    forget(id)
  end
  if (bytes or tonumber(redis.call('GET', key('bytes')) or 0)) > max_bytes then
    for _, id in ipairs(redis.call('ZRANGE', key('expires'), 0, SWEEP - 1)) do
      forget(id)
    end
  end
end

-- A record as replies: the number of its fields, then names and values.
local function append_record(replies, id, without)
  local flat = redis.call('HGETALL', key('job', id))
  local at = #replies + 1
  local count = 0
  replies[at] = 0
  for i = 1, #flat, 2 do
    if not (without and without[flat[i]]) then
      replies[#replies + 1] = flat[i]
      replies[#replies + 1] = flat[i + 1]
      count = count + 1
    end
  end
  replies[at] = count
end
