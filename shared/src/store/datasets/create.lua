-- Makes a dataset unless there is one.
-- KEYS: hash. ARGV: description, revision. Answers 1 if made, else 0.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], 'description', ARGV[1], 'revision', ARGV[2], 'version', 1,
  'sequence', 0, 'epoch', ARGV[2], 'mutation', 0, 'tombstones', 0, 'stored', 0)
return 1
