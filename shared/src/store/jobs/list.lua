-- Lists jobs, the latest first, without results, histories and logs.
--
-- ARGV: 1 status (empty: any), 2 analysis (empty: any), 3 dataset (empty: any), 4 least and
-- 5 greatest sequence number as ZRANGE writes bounds, 6 most jobs, 7 most records to look at.
--
-- Replies how many jobs there are in each status (submitted, in progress, complete, failed, cancelled), the
-- sequence number after which to go on (empty: that was all), and each record with its number of fields.

local replies = {}
for i, status in ipairs({ 'submitted', 'in progress', 'complete', 'failed', 'cancelled' }) do
  replies[i] = redis.call('ZCARD', key('status', status))
end
local index = ARGV[1] == '' and key('all') or key('status', ARGV[1])
local most, looks = tonumber(ARGV[6]), tonumber(ARGV[7])
local ids = redis.call('ZRANGE', index, ARGV[5], ARGV[4], 'BYSCORE', 'REV', 'LIMIT', 0, looks)
local found, last = 0, ''
replies[6] = ''
for at, id in ipairs(ids) do
  local f = redis.call('HMGET', key('job', id), 'analysis', 'dataset', 'sequence')
  if f[1] and (ARGV[2] == '' or f[1] == ARGV[2]) and (ARGV[3] == '' or f[2] == ARGV[3]) then
    append_record(replies, id, { result = true, history = true, log = true })
    found = found + 1
  end
  if f[3] then
    last = f[3]
  end
  if found == most or at == looks then
    if at < #ids or at == looks then
      replies[6] = last
    end
    break
  end
end
return replies
