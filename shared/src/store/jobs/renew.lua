-- in progress -> in progress with a new lease; or -> failed when its time is up.
--
-- ARGV: id, token, lease in ms, progress, note, new lines of the log (see `note_log`).
-- Replies `go`, `lost` (another has it), `cancelled` or `late` (it is failed now).

local id, token = ARGV[1], ARGV[2]
local job = read(id)
if not job then
  return { 'lost' }
end
if job.status == 'cancelled' then
  return { 'cancelled' }
end
if job.status ~= 'in progress' or job.token ~= token then
  return { 'lost' }
end
if now > job.stop_at then
  note_duration(job)
  fail(id, job, 'ran longer than its limit of ' .. int((job.stop_at - job.started) / 1000) .. ' seconds')
  return { 'late' }
end
redis.call('ZADD', key('leases', job.analysis), int(now + tonumber(ARGV[3])), id)
redis.call('HSET', key('job', id), 'progress', ARGV[4], 'note', ARGV[5])
note_log(id, ARGV[6])
return { 'go' }
