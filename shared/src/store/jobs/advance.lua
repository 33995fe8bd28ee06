-- Finishes a job, claims the next, or both in one:
-- in progress -> complete or failed; expired leases -> submitted or failed; submitted -> in progress.
--
-- ARGV: 1 analysis, 2 lease in ms, 3 worker's address and 4 name, 5 the analysis' description when
-- the worker was just rung (else empty), 6 whether to claim (1 or 0), 7 id of the job to finish
-- (empty: none), 8 its token, 9 `complete` or `failed`, 10 result, 11 files, 12 error, 13 bytes of
-- result and files, 14 digest of the input (empty: not to be reused), 15 version of the dataset
-- (empty without), 16 most bytes of results, 17 new lines of its log, 18 a nonce of this claim; from 19
-- on the names of the files.
--
-- Replies `none`, `done` or `lost` (another has the job, or it is cancelled: nothing was written) of
-- the job to finish; then `claimed`, the number of fields and the record; or `idle` and the ms
-- until a retry or an expired lease may give work, -1 when there is nothing to wait for.

local analysis, lease = ARGV[1], tonumber(ARGV[2])
-- Bytes of all results, once it is known.
local result_bytes

local function finish(id, token, status)
  local job = read(id)
  if not job or job.token ~= token then
    return 'lost'
  end
  if job.status == status then
    -- The answer to the first call was lost on its way.
    return 'done'
  end
  if job.status ~= 'in progress' then
    return 'lost'
  end
  for i = 19, #ARGV do
    -- Files were written with a short life; now they live as long as the record.
    if redis.call('PEXPIRE', key('file', id, token, ARGV[i]), int(job.retention + 3600000)) == 0 then
      return 'lost'
    end
  end
  redis.call('ZREM', key('leases', job.analysis), id)
  local fields = { 'error', ARGV[12] }
  if status == 'complete' then
    fields = { 'result', ARGV[10], 'files', ARGV[11], 'bytes', ARGV[13], 'progress', 1 }
    result_bytes = redis.call('INCRBY', key('bytes'), ARGV[13])
    if ARGV[14] ~= '' then
      fields[9], fields[10] = 'reuse', ARGV[14]
      redis.call('SET', key('reuse', ARGV[14]), id, 'PX', int(job.retention))
    end
  end
  if ARGV[15] ~= '' then
    fields[#fields + 1] = 'dataset_version'
    fields[#fields + 1] = ARGV[15]
  end
  note_log(id, ARGV[17])
  note_duration(job)
  settle(id, 'in progress', status, job, fields)
  return 'done'
end

-- Whether this is an earlier call again, of whose job nothing is left to do.
local is_stale = false

-- submitted -> in progress. Returns the id, or nil when the queue is empty or paused.
local function claim()
  local before = redis.call('GET', key('claim', ARGV[18]))
  if before then
    -- The answer to the earlier call was lost on its way, or this one took a long way: either way it gives
    -- that job or none, for nobody may be there to do another.
    local id, token = string.match(before, '^(%S+) (%S+)$')
    local job = id and read(id)
    if job and job.status == 'in progress' and job.token == token then
      return id
    end
    is_stale = true
    return nil
  end
  if is_paused(analysis) then
    return nil
  end
  while true do
    local id = redis.call('ZPOPMIN', key('queue', analysis))[1]
    if not id then
      return nil
    end
    local f = redis.call('HMGET', key('job', id), 'status', 'sequence', 'limit', 'attempts', 'logged')
    if f[1] == 'submitted' then
      local token = redis.call('INCR', key('token'))
      redis.call('SET', key('claim', ARGV[18]), id .. ' ' .. int(token), 'PX', int(lease))
      if f[5] then
        redis.call('HDEL', key('job', id), 'log', 'logged')
      end
      redis.call('ZADD', key('leases', analysis), int(now + lease), id)
      redis.call('HSET', key('claims'), analysis, int(now))
      move(id, f[2], 'submitted', 'in progress', { 'token', int(token), 'attempts', int(f[4] + 1),
        'worker_address', ARGV[3], 'worker_name', ARGV[4], 'started', int(now),
        'stop_at', int(now + f[3]) })
      return id
    end
  end
end

-- The ms until the next retry is due or the next lease is over.
local function pause()
  local first = -1
  for _, list in ipairs({ 'due', 'leases' }) do
    local at = redis.call('ZRANGE', key(list, analysis), 0, 0, 'WITHSCORES')[2]
    if at then
      local wait = math.max(0, tonumber(at) - now)
      if first < 0 or wait < first then
        first = wait
      end
    end
  end
  return first
end

if ARGV[5] ~= '' then
  redis.call('DEL', key('ring', analysis))
  redis.call('HSET', key('analyses'), analysis, ARGV[5])
end
local replies = { 'none' }
if ARGV[7] ~= '' then
  replies[1] = finish(ARGV[7], ARGV[8], ARGV[9])
end
if ARGV[6] == '1' then
  sweep(tonumber(ARGV[16]), result_bytes)
  recover(analysis)
  promote(analysis)
  local id = claim()
  if id then
    -- Should this worker die of the job, the ring brings it, or another, back to the rest.
    ring(analysis)
    replies[2] = 'claimed'
    append_record(replies, id)
    return replies
  end
end
replies[2] = 'idle'
replies[3] = is_stale and 0 or int(pause())
return replies
