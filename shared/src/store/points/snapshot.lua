-- One consistent view of a dataset: its state, its whole log, and the chunks that a range of time
-- may touch.
-- KEYS: hash, log, chunks.
-- ARGV: revision that the caller knows or '', start or '' (milliseconds, inclusive), end or ''
-- (exclusive), how many chunks at most or '', and which: 'asc' or 'desc' for those from the beginning
-- or the end of the range on, 'ends' for the very first and the very last of all.
local function snapshot()
  local state = redis.call('HMGET', KEYS[1], 'version', 'revision', 'epoch', 'mutation', 'tombstones',
    'stored', 'sequence')
  if not state[1] then
    return {'missing'}
  end
  local from = '-inf'
  local before = {}
  if ARGV[2] ~= '' then
    from = ARGV[2]
    -- Chunks do not overlap, so of those that begin before the range only the last can reach into it.
    before = redis.call('ZREVRANGEBYSCORE', KEYS[3], '(' .. from, '-inf', 'LIMIT', 0, 1)
  end
  local to = ARGV[3] == '' and '+inf' or '(' .. ARGV[3]
  local limit = ARGV[4] == '' and -1 or tonumber(ARGV[4])
  local chunks
  if ARGV[5] == 'ends' then
    chunks = redis.call('ZRANGE', KEYS[3], 0, 0)
    local last = redis.call('ZRANGE', KEYS[3], -1, -1)
    if last[1] and last[1] ~= chunks[1] then
      table.insert(chunks, last[1])
    end
  elseif ARGV[5] == 'asc' then
    chunks = redis.call('ZRANGEBYSCORE', KEYS[3], from, to, 'LIMIT', 0, limit)
    if before[1] then
      table.insert(chunks, 1, before[1])
    end
  else
    chunks = redis.call('ZREVRANGEBYSCORE', KEYS[3], to, from, 'LIMIT', 0, limit)
    if before[1] and (limit < 0 or #chunks < limit) then
      table.insert(chunks, before[1])
    end
  end
  -- At the limit it is not known whether there is more: say yes, the caller asks again where it matters.
  local is_cut = (limit >= 0 and #chunks >= limit) and 1 or 0
  local description = false
  if state[2] ~= ARGV[1] then
    description = redis.call('HGET', KEYS[1], 'description')
  end
  local log = redis.call('LRANGE', KEYS[2], 0, -1)
  return {'found', state[1], state[2], state[3], state[4], state[5], state[6], state[7], description,
    is_cut, #log, log, #chunks, chunks}
end
