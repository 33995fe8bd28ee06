-- Replaces a description.
-- KEYS: hash. ARGV: description, revision it replaces, new revision, demanded version or ''.
local found = redis.call('HMGET', KEYS[1], 'version', 'revision')
if not found[1] then
  return {'missing'}
end
if ARGV[4] ~= '' and ARGV[4] ~= found[1] then
  return {'changed', found[1]}
end
if ARGV[2] ~= found[2] then
  return {'again'}
end
redis.call('HSET', KEYS[1], 'description', ARGV[1], 'revision', ARGV[3])
return {'done', redis.call('HINCRBY', KEYS[1], 'version', 1)}
