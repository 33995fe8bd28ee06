-- Reads a job with its place in the queue, and rings its workers when they seem to sleep: it waits
-- for more than a second, its retry is due, or its lease is over. Changes nothing else.
--
-- ARGV: id. Replies `missing`; or its place (0: not in the queue), the number of fields and the record.

local id = ARGV[1]
local f = redis.call('HMGET', key('job', id), 'status', 'analysis', 'submitted')
if not f[1] then
  return { 'missing' }
end
local place = 0
local asleep = false
if f[1] == 'submitted' then
  place = (redis.call('ZRANK', key('queue', f[2]), id) or -1) + 1
  if place > 0 then
    asleep = now - f[3] > 1000
  else
    asleep = (tonumber(redis.call('ZSCORE', key('due', f[2]), id) or math.huge)) <= now
  end
elseif f[1] == 'in progress' then
  asleep = (tonumber(redis.call('ZSCORE', key('leases', f[2]), id) or math.huge)) <= now
end
if asleep then
  ring(f[2])
end
local replies = { place }
append_record(replies, id)
return replies
