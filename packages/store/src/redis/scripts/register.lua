#!lua flags=allow-oom
-- Enters an incarnation, or renews its lease while that runs. ARGV: its name, the lease in milliseconds, how many that
-- have ended are remembered. Answers the store's time.

local incarnation, lease, kept_max = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if is_alive(incarnation) or not redis.call('ZSCORE', KEYS[1], incarnation) then
  redis.call('ZADD', KEYS[1], now + lease, incarnation)
end
local ended = redis.call('ZCOUNT', KEYS[1], '-inf', now)
if ended > kept_max then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, ended - kept_max - 1) end
return now
