-- Replaces chunks by new ones and cuts off the part of the log that went into them.
-- KEYS: hash, log, chunks, index of keys.
-- ARGV: 1 epoch that the writer saw, 2 new epoch, 3 demanded tombstones or '', 4 demanded version
-- or '', 5 entries of the log to cut off, 6 bytes of those, 7 change of the number of stored points,
-- 8 '1' if this is a new version, 9 prefix of chunk keys, 10 how many descriptions go, then those,
-- then how many come, then for each its score and the description, then for each key that comes the
-- key and its holder.
local state = redis.call('HMGET', KEYS[1], 'version', 'epoch', 'tombstones')
if not state[1] then
  return {'missing'}
end
if state[2] ~= ARGV[1] or (ARGV[3] ~= '' and state[3] ~= ARGV[3])
  or (ARGV[4] ~= '' and state[1] ~= ARGV[4]) then
  return {'again'}
end
local prefix = ARGV[9]
local going = tonumber(ARGV[10])
local first = 12 + going
local coming = tonumber(ARGV[11 + going])
local last = first + 2 * coming - 1
-- Only what has not expired can be lifted into view.
for at = first, last, 2 do
  if redis.call('EXISTS', prefix .. string.sub(ARGV[at + 1], 9, 24)) == 0 then
    return {'again'}
  end
end
for at = 11, 10 + going do
  redis.call('ZREM', KEYS[3], ARGV[at])
  redis.call('EXPIRE', prefix .. string.sub(ARGV[at], 9, 24), 60)
end
for at = first, last, 2 do
  redis.call('ZADD', KEYS[3], ARGV[at], ARGV[at + 1])
  redis.call('PERSIST', prefix .. string.sub(ARGV[at + 1], 9, 24))
end
for at = last + 1, #ARGV, 2 do
  redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 1])
end
if ARGV[5] ~= '0' then
  redis.call('LTRIM', KEYS[2], ARGV[5], -1)
  redis.call('HINCRBY', KEYS[1], 'log_bytes', '-' .. ARGV[6])
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'stored', ARGV[7])
if ARGV[8] == '1' then
  local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('HSET', KEYS[1], 'mutation', version)
  return {'done', version}
end
return {'done', state[1]}
