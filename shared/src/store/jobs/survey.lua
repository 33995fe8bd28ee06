-- Counts what waits, runs and has ended, for every analysis. Changes nothing.
--
-- ARGV: names of analyses that come with Almanac; those that workers brought are added.
--
-- Replies bytes of all results; the number of analyses, and of each: name, 1 when it is paused (else 0),
-- jobs in the queue, jobs that wait for a time, jobs in progress, for how many ms a job could have been
-- begun (-1: none), and how many ms ago a worker last had or took one (-1: never); the number of totals,
-- and each with its name; at last the durations likewise.

local function first(list, analysis)
  return tonumber(redis.call('ZRANGE', key(list, analysis), 0, 0, 'WITHSCORES')[2])
end

-- Since when the first job of a priority could have been begun.
local function ready(analysis, rank)
  local id = redis.call('ZRANGE', key('queue', analysis), int(rank), '(' .. int(rank + RANKS.low),
    'BYSCORE', 'LIMIT', 0, 1)[1]
  if not id then
    return nil
  end
  local f = redis.call('HMGET', key('job', id), 'ready', 'submitted')
  return tonumber(f[1] or f[2])
end

-- For how long a job could have been begun: one in the queue, one whose time has come, or one
-- whose lease is over.
local function waited(analysis)
  local longest = -1
  local function consider(since)
    if since and since <= now then
      longest = math.max(longest, now - since)
    end
  end
  for _, rank in pairs(RANKS) do
    consider(ready(analysis, rank))
  end
  consider(first('due', analysis))
  consider(first('leases', analysis))
  return longest
end

-- How long ago a worker of the analysis showed itself.
local function seen(analysis)
  if redis.call('ZCOUNT', key('leases', analysis), '(' .. int(now), '+inf') > 0 then
    return 0
  end
  local at = redis.call('HGET', key('claims'), analysis)
  return at and math.max(0, now - at) or -1
end

local known, names = {}, {}
local function add(list)
  for _, name in ipairs(list) do
    if not known[name] then
      known[name] = true
      names[#names + 1] = name
    end
  end
end
add(ARGV)
add(redis.call('HKEYS', key('analyses')))
table.sort(names)

local replies = { redis.call('GET', key('bytes')) or 0, #names }
local function append(reply)
  replies[#replies + 1] = reply
end
for _, name in ipairs(names) do
  append(name)
  append(is_paused(name) and 1 or 0)
  for _, list in ipairs({ 'queue', 'due', 'leases' }) do
    append(redis.call('ZCARD', key(list, name)))
  end
  append(int(waited(name)))
  append(int(seen(name)))
end
for _, hash in ipairs({ 'totals', 'durations' }) do
  local flat = redis.call('HGETALL', key(hash))
  append(#flat / 2)
  for _, reply in ipairs(flat) do
    append(reply)
  end
end
return replies
