-- May these members go to the books? Only refuses; refusing writes nothing.
--
-- KEYS[1] mirror (hash)   seq, free, state, opens, closes, heard, system, timeline, asked
-- KEYS[2] holders (set)   members who were ever granted something here
-- KEYS[3] let through (sorted set) member -> when, microseconds of Redis time
-- ARGV[1] campaign offset in microseconds; ARGV[2] trust in microseconds; ARGV[3…] members
--
-- Answers {letters, refresh, now}: one letter a member, in order:
--   ? mirror missing or silent: feed it   G to the books   W wait and ask again
--   E ended   N not open   P paused   S nothing is free
-- refresh is 1 for the one asker who should feed the mirror from the books, at
-- half the trust time, so that no press ever pays for it.
--
-- TIME is read once: it stands still inside a script.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local offset, trust = tonumber(ARGV[1]), tonumber(ARGV[2])
local count = #ARGV - 2

local mirror = redis.call('HMGET', KEYS[1], 'free', 'state', 'opens', 'closes', 'heard', 'asked')
local heard = tonumber(mirror[5] or '')
if not mirror[1] or not heard or now < heard or now - heard > trust then
    return {string.rep('?', count), 0, string.format('%.0f', now)}
end

local free = tonumber(mirror[1])
local campaign = now + offset
local refusal = nil
if mirror[2] == 'ended' or campaign >= tonumber(mirror[4]) then refusal = 'E'
elseif mirror[2] == 'draft' or campaign < tonumber(mirror[3]) then refusal = 'N'
elseif mirror[2] == 'paused' then refusal = 'P'
elseif free <= 0 then refusal = 'S' end

local room = 0
if not refusal then
    -- Up to now: a clock that was set back must not keep a dead member's ticket alive.
    room = free - redis.call('ZCOUNT', KEYS[3], now - 1000000, now)
end

local members = {}
for i = 1, count do members[i] = ARGV[i + 2] end
local held = redis.call('SMISMEMBER', KEYS[2], unpack(members))
local let_at = redis.call('ZMSCORE', KEYS[3], unpack(members))

local letters, passed = {}, {}
for i = 1, count do
    local member = members[i]
    -- Whoever holds something here, or may, gets an exact answer, whatever the state.
    if held[i] == 1 or let_at[i] or passed[member] then
        letters[i] = 'G'
    elseif refusal then
        letters[i] = refusal
    elseif room > 0 then
        room = room - 1
        passed[member] = true
        redis.call('ZADD', KEYS[3], now, member)
        letters[i] = 'G'
    else
        letters[i] = 'W'
    end
end

local refresh = 0
local asked = tonumber(mirror[6] or '0')
if now - heard > trust / 2 and now - asked > trust / 4 then
    redis.call('HSET', KEYS[1], 'asked', now)
    refresh = 1
end
return {table.concat(letters), refresh, string.format('%.0f', now)}
