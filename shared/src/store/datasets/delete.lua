-- Deletes a dataset with all its points.
-- KEYS: hash, log, chunks, index of keys. ARGV: demanded version or '', prefix of chunk keys.
local version = redis.call('HGET', KEYS[1], 'version')
if not version then
  return {'missing'}
end
if ARGV[1] ~= '' and ARGV[1] ~= version then
  return {'changed', version}
end
-- Chunks live on for a minute, for readers who have seen their descriptions. The id of a chunk is
-- the 16 bytes after the first 8 of its description.
for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  redis.call('EXPIRE', ARGV[2] .. string.sub(member, 9, 24), 60)
end
local entering = redis.call('HGET', KEYS[1], 'entering')
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], entering or KEYS[4])
return {'done', version}
