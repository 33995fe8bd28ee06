-- (nothing) -> submitted, for one job or many, all or none.
--
-- ARGV: most unfinished jobs, most bytes of results, key and digest of an Idempotency-Key (empty
-- without) and how long it counts in ms, whether results are reused (1 or 0), number of jobs, then for each
-- job: id, analysis, priority, digest of its input (empty: never reused), run_at (empty: now), the
-- number of other fields and these.
--
-- Replies `full`; or `other body`; or `repeated` and the ids; or `accepted`, when (ms), and for each
-- job `reused` and the id, or `new` and its place in the queue (0: not in the queue yet).

local max_unfinished, max_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local idempotency, body, idempotency_ms = ARGV[3], ARGV[4], ARGV[5]
local reuses, count = ARGV[6] == '1', tonumber(ARGV[7])

sweep(max_bytes)

if idempotency ~= '' then
  local known = redis.call('GET', key('idempotency', idempotency))
  if known then
    local replies = { 'repeated' }
    local digest
    for word in string.gmatch(known, '%S+') do
      if not digest then
        digest = word
      elseif redis.call('EXISTS', key('job', word)) == 1 then
        replies[#replies + 1] = word
      end
    end
    if digest ~= body then
      return { 'other body' }
    end
    -- A job that was deleted meanwhile takes its key with it.
    if #replies > 1 then
      return replies
    end
  end
end

local unfinished = redis.call('ZCARD', key('status', 'submitted'))
  + redis.call('ZCARD', key('status', 'in progress'))
if unfinished + count > max_unfinished then
  return { 'full' }
end

local sequence = math.max(micros, tonumber(redis.call('GET', key('sequence')) or 0))
local submitted = math.floor(sequence / 1000)
local replies = { 'accepted', submitted }
local ids = { body }
local rung = {}
local at = 8
for _ = 1, count do
  local id, analysis, priority = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local reuse, run_at, fields = ARGV[at + 3], ARGV[at + 4], tonumber(ARGV[at + 5])
  local stored = reuses and reuse ~= '' and redis.call('GET', key('reuse', reuse))
  if stored and redis.call('HGET', key('job', stored), 'status') == 'complete' then
    replies[#replies + 1] = 'reused'
    replies[#replies + 1] = stored
    ids[#ids + 1] = stored
  else
    sequence = sequence + 1
    local record = key('job', id)
    local values = { 'id', id, 'status', 'submitted', 'analysis', analysis, 'priority', priority,
      'sequence', int(sequence), 'submitted', int(submitted), 'attempts', 0 }
    for i = at + 6, at + 5 + fields * 2 do
      values[#values + 1] = ARGV[i]
    end
    redis.call('HSET', record, unpack(values))
    redis.call('ZADD', key('all'), int(sequence), id)
    redis.call('ZADD', key('status', 'submitted'), int(sequence), id)
    local place = 0
    if run_at ~= '' and tonumber(run_at) > now then
      redis.call('HSET', record, 'due', run_at)
      redis.call('ZADD', key('due', analysis), run_at, id)
    else
      enqueue(id, analysis, priority, sequence)
      place = redis.call('ZRANK', key('queue', analysis), id) + 1
      rung[analysis] = true
    end
    replies[#replies + 1] = 'new'
    replies[#replies + 1] = place
    ids[#ids + 1] = id
  end
  at = at + 6 + fields * 2
end
redis.call('SET', key('sequence'), int(sequence))
if idempotency ~= '' then
  redis.call('SET', key('idempotency', idempotency), table.concat(ids, ' '), 'PX', idempotency_ms)
end
for analysis in pairs(rung) do
  ring(analysis)
end
return replies
