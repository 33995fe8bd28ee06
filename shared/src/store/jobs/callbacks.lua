-- Ends of jobs that are to be told, in the sorted set `callbacks` by when they are due.
--
-- ARGV: `take`, how long whoever takes one has it, in ms: replies `none`, or `taken` and the record, with
-- this attempt counted; who dies with it has it taken by the next. Or `told`, id, attempt, what went
-- wrong (empty: nothing), ms until it is tried again (0: never): replies `ok`.

if ARGV[1] == 'told' then
  local id, why = ARGV[2], ARGV[4]
  local record = key('job', id)
  -- Another has taken it meanwhile: what became of that counts.
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
  if redis.call('EXISTS', key('job', id)) == 1 then
    redis.call('ZADD', key('callbacks'), int(now + tonumber(ARGV[2])), id)
    redis.call('HINCRBY', key('job', id), 'callback_attempts', 1)
    local replies = { 'taken' }
    append_record(replies, id)
    return replies
  end
  -- The job was deleted, and with it whom to tell.
  redis.call('ZREM', key('callbacks'), id)
end
