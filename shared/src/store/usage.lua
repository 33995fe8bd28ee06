-- What one dataset holds: its points, and the bytes of its chunks and its log.
-- KEYS: hash, log, chunks. ARGV: prefix of chunk keys. Answers points and bytes.
local state = redis.call('HMGET', KEYS[1], 'epoch', 'stored', 'log_bytes', 'sequence',
  'counted_epoch', 'counted_bytes')
if not state[1] then
  return {0, 0}
end
local bytes = tonumber(state[6] or 0)
if state[5] ~= state[1] then
  -- The set of chunks has changed since they were counted.
  bytes = 0
  for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    bytes = bytes + redis.call('STRLEN', ARGV[1] .. string.sub(member, 9, 24))
  end
  redis.call('HSET', KEYS[1], 'counted_epoch', state[1], 'counted_bytes', bytes)
end
-- An entry of the log begins with the sequence number that was next when it was appended.
local logged = 0
local first = redis.call('LINDEX', KEYS[2], 0)
if first then
  logged = tonumber(state[4]) - tonumber(string.match(first, '^%d+'))
end
return {tonumber(state[2]) + logged, bytes + tonumber(state[3] or 0)}
