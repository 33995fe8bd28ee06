-- Which point has a key. `entering` is a hash of keys that are on their way into the index and replace what
-- the index has, or false.
local function holder_of(index, entering, key)
  local claim = entering and redis.call('HGET', entering, key)
  if claim then
    return string.match(claim, '[^ ]+')
  end
  return redis.call('HGET', index, key)
end
local function forget(index, entering, key)
  if entering then
    redis.call('HDEL', entering, key)
  end
  return redis.call('HDEL', index, key)
end
