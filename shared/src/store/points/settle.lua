-- Moves some of the keys that are on their way into the index.
-- KEYS: the dataset's hash, the index. ARGV: the hash of keys that the caller has begun to move, how far it is.
-- The same in the answer, which is empty when there are no more.
local entering = redis.call('HGET', KEYS[1], 'entering')
if not entering then
  return {}
end
local cursor = entering == ARGV[1] and ARGV[2] or '0'
local page = redis.call('HSCAN', entering, cursor, 'COUNT', 2000)
for at = 1, #page[2], 2 do
  redis.call('HSET', KEYS[2], page[2][at], string.match(page[2][at + 1], '[^ ]+'))
end
if page[1] == '0' then
  redis.call('UNLINK', entering)
  redis.call('HDEL', KEYS[1], 'entering')
  return {}
end
return {entering, page[1]}
