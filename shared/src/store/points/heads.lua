-- The beginnings of chunks.
-- KEYS: the dataset's hash, which names the slot.
-- ARGV: 1 prefix of chunk keys, then for each chunk its id and how many bytes are wanted. The answer has
-- '' for a chunk that is gone.
local heads = {}
for at = 2, #ARGV, 2 do
  table.insert(heads, redis.call('GETRANGE', ARGV[1] .. ARGV[at], 0, ARGV[at + 1] - 1))
end
return heads
