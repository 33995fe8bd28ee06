-- Takes a snapshot and in the same breath appends the deletion of a range, so that who deletes can
-- tell what the deletion covers. Follows snapshot.lua.
-- ARGV from 6 on: revision of the description that the body was made for, demanded version or '',
-- body.
local reply = snapshot()
if reply[1] == 'missing' then
  return reply
end
if ARGV[7] ~= '' and ARGV[7] ~= reply[2] then
  return {'changed', reply[2]}
end
if ARGV[6] ~= reply[3] then
  return {'again'}
end
local entry = string.format('%.0f ', tonumber(reply[8])) .. ARGV[8]
redis.call('RPUSH', KEYS[2], entry)
redis.call('HINCRBY', KEYS[1], 'log_bytes', #entry)
redis.call('HINCRBY', KEYS[1], 'tombstones', 1)
redis.call('HSET', KEYS[1], 'mutation', redis.call('HINCRBY', KEYS[1], 'version', 1))
return reply
