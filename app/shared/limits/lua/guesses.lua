-- Wrong guesses of some names in a sliding window: forget the past ones, add new ones, say what
-- is left.
--
-- KEYS[…] one list a name (guess:{policy}:digest): when each guess that counts was made, oldest
--         first, in microseconds of Redis time
-- ARGV[1] most guesses in a window; ARGV[2] guesses to add to each name (0 only asks);
-- ARGV[3] the window; ARGV[4] the first wait, 0 for none; ARGV[5] the longest, in microseconds
--
-- Answers two numbers a name, in order: how many of the guesses were within the budget, and the
-- microseconds until one more would be (0: at once).
--
-- Without a first wait a spent budget comes back as the window slides. With one, a guess more is
-- covered after it, another after twice as long, up to the longest wait.
-- What comes past the budget is not recorded, so whoever keeps trying is not kept out for ever.
-- A guess from the far future was made before the clock was set back, and counts as past.
-- TIME is read once: it stands still inside a script.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local most, guesses, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local first, longest = tonumber(ARGV[4]), tonumber(ARGV[5])
local stamp = string.format('%.0f', now)

local function counts(at)
    at = tonumber(at)
    return now - window < at and at < now + window
end

local function wait(key)
    local beyond = redis.call('LLEN', key) - most
    if beyond < 0 then return 0 end
    -- Without slowing the budget is spent for as long as its oldest guess counts.
    if first == 0 then return tonumber(redis.call('LINDEX', key, -most)) + window - now end
    local last = math.min(now, tonumber(redis.call('LINDEX', key, -1)))
    return math.max(0, last + math.min(first * 2 ^ beyond, longest) - now)
end

local function room(key)
    local left = most - redis.call('LLEN', key)
    if first > 0 and left <= 0 then return wait(key) == 0 and 1 or 0 end
    return math.max(0, left)
end

local answers = {}
for _, key in ipairs(KEYS) do
    local oldest = redis.call('LINDEX', key, 0)
    while oldest and not counts(oldest) do
        redis.call('LPOP', key)
        oldest = redis.call('LINDEX', key, 0)
    end
    local within = math.min(guesses, room(key))
    for _ = 1, within do redis.call('RPUSH', key, stamp) end
    if within > 0 then redis.call('PEXPIRE', key, math.ceil(window / 1000)) end
    answers[#answers + 1] = within
    answers[#answers + 1] = wait(key)
end
return answers
