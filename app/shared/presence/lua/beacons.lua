-- These members are there. One call for all whose beacons wait at this moment.
--
-- KEYS[1] life (hash)           began, began_at, early, later, peak, peak_at
-- KEYS[2] due (sorted set)      member -> when its next beacon is due
-- KEYS[3] members (HyperLogLog) everybody who was ever there
-- ARGV[1] campaign offset; ARGV[2] window from; ARGV[3] window up to; ARGV[4] late;
-- ARGV[5] return; ARGV[6] how long joins are early ones; ARGV[7] 1: joins are doubtful, count
-- none; ARGV[8] longest interval; ARGV[9] seconds that the keys are kept without a beacon;
-- ARGV[10…] two a member: its id, and how soon its next beacon is due
--
-- Times are microseconds: of the campaign, but `began`, which is Redis's own time and says
-- which life this is. Answers how many are there at once, counted or not. Outside the window
-- nothing is written.
--
-- TIME is read once: it stands still inside a script.
local time = redis.call('TIME')
local real = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now = real + tonumber(ARGV[1])
local late, back = tonumber(ARGV[4]), tonumber(ARGV[5])
local function written(us) return string.format('%.0f', us) end
local since = '(' .. written(now - late)

if now < tonumber(ARGV[2]) or now >= tonumber(ARGV[3]) then
    return redis.call('ZCOUNT', KEYS[2], since, '+inf')
end

local began = tonumber(redis.call('HGET', KEYS[1], 'began') or '')
if not began or redis.call('EXISTS', KEYS[3]) == 0 then
    redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
    redis.call('HSET', KEYS[1], 'began', written(real), 'began_at', written(now))
    began = real
end

-- Who is gone for so long that coming back is a return; and what was due before the clock was
-- set back.
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', written(now - back))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. written(now + tonumber(ARGV[8])), '+inf')

local due, members = {}, {}
for i = 10, #ARGV, 2 do
    due[#due + 1] = written(now + tonumber(ARGV[i + 1]))
    due[#due + 1] = ARGV[i]
    members[#members + 1] = ARGV[i]
end
local joined = redis.call('ZADD', KEYS[2], unpack(due))
if joined > 0 and ARGV[7] ~= '1' then
    redis.call('HINCRBY', KEYS[1], real - began < tonumber(ARGV[6]) and 'early' or 'later', joined)
end
redis.call('PFADD', KEYS[3], unpack(members))

local present = redis.call('ZCOUNT', KEYS[2], since, '+inf')
if present > tonumber(redis.call('HGET', KEYS[1], 'peak') or '0') then
    redis.call('HSET', KEYS[1], 'peak', present, 'peak_at', written(now))
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[9]) end
return present
