-- What is known of a subject. Keys as in beacons.lua.
--
-- ARGV[1] campaign offset; ARGV[2] late; ARGV[3] return; microseconds.
--
-- Answers {now, campaign time}, and if there is a life {…, began, began_at, early, later, peak,
-- peak_at, at once, known, members, the HyperLogLog itself}. Times as texts of microseconds.
local time = redis.call('TIME')
local real = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now = real + tonumber(ARGV[1])
local function written(us) return string.format('%.0f', us) end

local life = redis.call('HMGET', KEYS[1], 'began', 'began_at', 'early', 'later', 'peak', 'peak_at')
local sketch = redis.call('GET', KEYS[3])
if not life[1] or not sketch then return {written(real), written(now)} end
return {
    written(real), written(now),
    life[1], life[2], life[3] or '0', life[4] or '0', life[5] or '0', life[6] or '',
    redis.call('ZCOUNT', KEYS[2], '(' .. written(now - tonumber(ARGV[2])), '+inf'),
    redis.call('ZCOUNT', KEYS[2], '(' .. written(now - tonumber(ARGV[3])), '+inf'),
    redis.call('PFCOUNT', KEYS[3]), sketch,
}
