-- Repeat to the mirror what the books have said. Idempotent, ordered, heals itself.
--
-- KEYS as in ask.lua.
-- ARGV[1] as_of: a Redis time from before the books were read, microseconds
-- ARGV[2] system, ARGV[3] timeline of the server they were read from
-- ARGV[4] from, ARGV[5] to: the numbers of the entries in this feed (from > to: none)
-- ARGV[6] final: 1 if free, state and window below are those of entry `to`
-- ARGV[7] free, ARGV[8] state, ARGV[9] opens, ARGV[10] closes (microseconds of campaign time)
-- ARGV[11] seconds after which an unfed mirror disappears
-- ARGV[12] n, then n members: entry from + i - 1 granted to it, '' for none
-- then the members that are decided now
--
-- Answers {word, seq, now}: ok; old (news from an older line, ignored); gap (read on from seq + 1).
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local as_of, system, timeline = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local from, to, final = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'

local mirror = redis.call('HMGET', KEYS[1], 'seq', 'system', 'timeline', 'heard')
local seq = tonumber(mirror[1] or '0')
if mirror[2] then
    if mirror[2] == system and timeline < tonumber(mirror[3]) then
        return {'old', seq, string.format('%.0f', now)}
    end
    if mirror[2] ~= system or timeline > tonumber(mirror[3]) then
        -- Another history of the books: nothing that is remembered here counts.
        redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
        mirror, seq = {}, 0
    end
end
if from > seq + 1 then
    return {'gap', seq, string.format('%.0f', now)}
end

local n = tonumber(ARGV[12])
local holders = {}
for i = 1, n do
    local member = ARGV[12 + i]
    if member ~= '' then holders[#holders + 1] = member end
end
if #holders > 0 then redis.call('SADD', KEYS[2], unpack(holders)) end

local decided = {}
for i = 13 + n, #ARGV do decided[#decided + 1] = ARGV[i] end
if #decided > 0 then redis.call('ZREM', KEYS[3], unpack(decided)) end

local values = {'system', system, 'timeline', timeline}
if to >= seq then
    values[#values + 1] = 'seq'
    values[#values + 1] = to
    if final then
        for name, place in pairs({free = 7, state = 8, opens = 9, closes = 10}) do
            values[#values + 1] = name
            values[#values + 1] = ARGV[place]
        end
        -- Only who brings these figures may vouch for them. An older as_of never makes newer
        -- news older; one from the future is no news, and no reason to refuse real ones.
        local heard = tonumber(mirror[4] or '0')
        if as_of <= now and (as_of > heard or heard > now) then
            values[#values + 1] = 'heard'
            values[#values + 1] = as_of
        end
    end
end
redis.call('HSET', KEYS[1], unpack(values))
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[11]) end
return {'ok', math.max(seq, to), string.format('%.0f', now)}
