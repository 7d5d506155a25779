-- Wrong guesses of some names in a sliding window: forget the past ones, add new ones, say what
-- is left.
--
-- KEYS[…] one list a name (guess:{policy}:digest): when each guess that counts was made, oldest
--         first, in microseconds of Redis time; never more than fit the budget
-- ARGV[1] most guesses in a window; ARGV[2] the window in microseconds; ARGV[3] guesses to add
--         to each name (0 only asks)
--
-- Answers two numbers a name, in order: how many of the guesses were within the budget, and the
-- microseconds until one more would be (0: at once).
--
-- What comes past the budget is not recorded, so whoever keeps trying is not kept out for ever.
-- A guess from the far future was made before the clock was set back, and counts as past.
-- TIME is read once: it stands still inside a script.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local most, window, guesses = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local stamp = string.format('%.0f', now)

local function counts(at)
    at = tonumber(at)
    return now - window < at and at < now + window
end

local answers = {}
for _, key in ipairs(KEYS) do
    local oldest = redis.call('LINDEX', key, 0)
    while oldest and not counts(oldest) do
        redis.call('LPOP', key)
        oldest = redis.call('LINDEX', key, 0)
    end
    local within = math.max(0, math.min(guesses, most - redis.call('LLEN', key)))
    for _ = 1, within do redis.call('RPUSH', key, stamp) end
    if within > 0 then redis.call('PEXPIRE', key, math.ceil(window / 1000)) end
    -- The budget is spent for as long as this one counts.
    local last = redis.call('LINDEX', key, -most)
    answers[#answers + 1] = within
    answers[#answers + 1] = last and tonumber(last) + window - now or 0
end
return answers
