-- Callbacks of jobs that have ended, in the sorted set `callbacks` by when they are due (ms).
--
-- ARGV `take`, lease in ms, most attempts: replies `none`, or `taken` and the record of a job whose
-- callback is due. The attempt is counted here, before anything is sent, and the callback is due again
-- when the lease ends, so a sender that dies neither loses the callback nor repeats it for ever.
-- ARGV `settle`, id, attempt, error (empty: delivered), ms until the next attempt (0: none): replies `ok`.

if ARGV[1] == 'settle' then
  local id, why = ARGV[2], ARGV[4]
  local record = key('job', id)
  -- A later attempt has begun meanwhile, and its outcome counts.
  if redis.call('HGET', record, 'callback_attempts') ~= ARGV[3] then
    return { 'ok' }
  end
  if why == '' then
    redis.call('ZREM', key('callbacks'), id)
    redis.call('HSET', record, 'delivered', int(now))
    redis.call('HDEL', record, 'callback_error')
  else
    redis.call('HSET', record, 'callback_error', why)
    if ARGV[5] == '0' then
      redis.call('ZREM', key('callbacks'), id)
    else
      redis.call('ZADD', key('callbacks'), int(now + tonumber(ARGV[5])), id)
    end
  end
  return { 'ok' }
end

while true do
  local id = redis.call('ZRANGEBYSCORE', key('callbacks'), '-inf', int(now), 'LIMIT', 0, 1)[1]
  if not id then
    return { 'none' }
  end
  local record = key('job', id)
  local attempts = tonumber(redis.call('HGET', record, 'callback_attempts') or '0')
  if redis.call('EXISTS', record) == 0 then
    -- The job was deleted, and its callback with it.
    redis.call('ZREM', key('callbacks'), id)
  elseif attempts >= tonumber(ARGV[3]) then
    redis.call('ZREM', key('callbacks'), id)
    redis.call('HSETNX', record, 'callback_error', 'the last attempt did not end')
  else
    redis.call('ZADD', key('callbacks'), int(now + tonumber(ARGV[2])), id)
    redis.call('HINCRBY', record, 'callback_attempts', 1)
    local replies = { 'taken' }
    append_record(replies, id)
    return replies
  end
end
