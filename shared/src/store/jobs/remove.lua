-- submitted or in progress -> cancelled; complete, failed or cancelled -> (nothing).
--
-- A worker that has the job learns of it at its next renewal, and can no longer write.
--
-- ARGV: id. Replies `missing`; `deleted`; or `cancelled`, the number of fields and the record.

local id = ARGV[1]
local job = read(id)
if not job then
  return { 'missing' }
end
if job.status == 'submitted' or job.status == 'in progress' then
  redis.call('ZREM', key('queue', job.analysis), id)
  redis.call('ZREM', key('due', job.analysis), id)
  redis.call('ZREM', key('leases', job.analysis), id)
  settle(id, job.status, 'cancelled', job)
  local replies = { 'cancelled' }
  append_record(replies, id)
  return replies
end
forget(id)
return { 'deleted' }
