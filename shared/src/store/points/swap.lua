-- Replaces chunks by new ones and cuts off the part of the log that went into them.
-- KEYS: hash, log, chunks, index of keys and, if keys come into the index, a hash of these: each has its new
-- holder and, after a space, the one that is to have it until then.
-- ARGV: 1 epoch that the writer saw, 2 new epoch, 3 demanded tombstones or '', 4 demanded version
-- or '', 5 demanded mutation or '', 6 entries of the log to cut off, 7 bytes of those, 8 change of the number of
-- stored points, 9 '1' if this is a new version, 10 prefix of chunk keys, 11 how many descriptions go, then
-- those, then the version at which it was seen who has the keys, then '1' if nobody had one of them, then for
-- each chunk that comes its score and the description.
local state = redis.call('HMGET', KEYS[1], 'version', 'epoch', 'tombstones', 'mutation', 'entering')
if not state[1] then
  return {'missing'}
end
local function differs(demanded, found)
  return demanded ~= '' and demanded ~= found
end
if state[2] ~= ARGV[1] or differs(ARGV[3], state[3]) or differs(ARGV[4], state[1])
  or differs(ARGV[5], state[4]) then
  return {'again'}
end
local prefix = ARGV[10]
local going = tonumber(ARGV[11])
local first = 14 + going
-- Only what has not expired can be lifted into view.
for at = first, #ARGV, 2 do
  if redis.call('EXISTS', prefix .. string.sub(ARGV[at + 1], 9, 24)) == 0 then
    return {'again'}
  end
end
-- Calls back with some keys and values of the hash of keys at a time, until one call says no.
local function each_claim(callback)
  local cursor = '0'
  repeat
    local page = redis.call('HSCAN', KEYS[5], cursor, 'COUNT', 500)
    cursor = page[1]
    for from = 1, #page[2], 2000 do
      if not callback(page[2], from, math.min(from + 1999, #page[2])) then
        return false
      end
    end
  until cursor == '0'
  return true
end
local function is_free(claims, from, to)
  local wanted = {}
  for at = from, to, 2 do
    wanted[#wanted + 1] = claims[at]
  end
  local holders = redis.call('HMGET', KEYS[4], unpack(wanted))
  for at, holder in ipairs(holders) do
    local claim = claims[from + 2 * at - 1]
    if holder and holder ~= string.match(claim, ' (.*)') then
      return false
    end
  end
  return true
end
local is_whole_index = KEYS[5] and ARGV[13 + going] == '1' and redis.call('EXISTS', KEYS[4]) == 0
if KEYS[5] then
  if state[5] or redis.call('EXISTS', KEYS[5]) == 0 then
    return {'again'}
  end
  local is_seen = ARGV[12 + going] == state[1]
  if not is_seen and not is_whole_index and not each_claim(is_free) then
    return {'taken'}
  end
end
for at = 12, 11 + going do
  redis.call('ZREM', KEYS[3], ARGV[at])
  redis.call('EXPIRE', prefix .. string.sub(ARGV[at], 9, 24), 60)
end
for at = first, #ARGV, 2 do
  redis.call('ZADD', KEYS[3], ARGV[at], ARGV[at + 1])
  redis.call('PERSIST', prefix .. string.sub(ARGV[at + 1], 9, 24))
end
if is_whole_index then
  redis.call('RENAME', KEYS[5], KEYS[4])
  redis.call('PERSIST', KEYS[4])
elseif KEYS[5] then
  -- Moving millions of keys takes seconds: that comes after, in steps.
  redis.call('PERSIST', KEYS[5])
  redis.call('HSET', KEYS[1], 'entering', KEYS[5])
end
if ARGV[6] ~= '0' then
  redis.call('LTRIM', KEYS[2], ARGV[6], -1)
  redis.call('HINCRBY', KEYS[1], 'log_bytes', '-' .. ARGV[7])
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'stored', ARGV[8])
if ARGV[9] == '1' then
  local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('HSET', KEYS[1], 'mutation', version)
  return {'done', version}
end
return {'done', state[1]}
