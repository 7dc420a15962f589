#!lua flags=allow-oom
-- Founds a store where there is none. KEYS: what the store says of itself. ARGV: its layout, its slots.
-- Answers both as they stand.

if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'layout', ARGV[1], 'slots', ARGV[2])
end
return redis.call('HMGET', KEYS[1], 'layout', 'slots')
