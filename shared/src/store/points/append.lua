-- Appends one change to the log: the whole of a write. Follows index.lua.
-- KEYS: hash, log, index of keys.
-- ARGV: 1 revision of the description that the body was made for, 2 demanded version or '',
-- 3 mutation that the writer saw or '', 4 how many sequence numbers to hand out, 5 '1' if this
-- changes or deletes points, 6 body, 7 how many keys go, then those, then each key that comes with its time and its sequence number or, for a new
-- point, '' (they come in the order of the new points, one each).
local state = redis.call('HMGET', KEYS[1], 'version', 'revision', 'mutation', 'sequence', 'entering')
if not state[1] then
  return {'missing'}
end
if ARGV[2] ~= '' and ARGV[2] ~= state[1] then
  return {'changed', state[1]}
end
if ARGV[1] ~= state[2] or (ARGV[3] ~= '' and ARGV[3] ~= state[3]) then
  return {'again'}
end
local going = tonumber(ARGV[7])
local leaves = {}
for at = 8, 7 + going do
  leaves[ARGV[at]] = true
end
local coming = {}
for at = 8 + going, #ARGV, 3 do
  local key = ARGV[at]
  local holder = holder_of(KEYS[3], state[5], key)
  if (holder and not leaves[key]) or coming[key] then
    return {'taken', key, holder or ''}
  end
  coming[key] = true
end
local sequence = tonumber(state[4])
local entry = string.format('%.0f ', sequence) .. ARGV[6]
redis.call('RPUSH', KEYS[2], entry)
for at = 8, 7 + going do
  forget(KEYS[3], state[5], ARGV[at])
end
local new = 0
for at = 8 + going, #ARGV, 3 do
  local number = ARGV[at + 2]
  if number == '' then
    number = string.format('%.0f', sequence + new)
    new = new + 1
  end
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1] .. ':' .. number)
end
if ARGV[4] ~= '0' then
  redis.call('HINCRBY', KEYS[1], 'sequence', ARGV[4])
end
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
if ARGV[5] == '1' then
  redis.call('HSET', KEYS[1], 'mutation', version)
end
local bytes = redis.call('HINCRBY', KEYS[1], 'log_bytes', #entry)
return {'done', version, sequence, redis.call('LLEN', KEYS[2]), bytes}
