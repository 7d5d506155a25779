-- Tell a life who was there in the lives before it, so that nobody is a new member twice.
-- Keys as in beacons.lua; KEYS[4] is used for a moment.
--
-- ARGV[1] the life that is meant (`began`); ARGV[2] the HyperLogLog that the books kept.
-- Answers 1 when done, 0 when that life is over. Again is the same.
if redis.call('HGET', KEYS[1], 'began') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[4], ARGV[2])
redis.call('PFMERGE', KEYS[3], KEYS[3], KEYS[4])
redis.call('DEL', KEYS[4])
return 1
