-- Pauses a queue, or resumes it: then its workers are rung. Doing either twice does it once.
--
-- ARGV: analysis, 1 to pause or 0 to resume. Replies nothing of interest.

local analysis = ARGV[1]
if ARGV[2] == '1' then
  redis.call('SADD', key('paused'), analysis)
else
  redis.call('SREM', key('paused'), analysis)
  ring(analysis)
end
return {}
