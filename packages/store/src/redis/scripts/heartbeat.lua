#!lua flags=allow-oom
-- Renews a lease that has not run out. ARGV: the incarnation, the lease in milliseconds. Answers the store's time, and 1
-- for alive.

local incarnation, lease = ARGV[2], tonumber(ARGV[3])
local alive = is_alive(incarnation)
if alive then redis.call('ZADD', KEYS[1], now + lease, incarnation) end
return { now, alive and 1 or 0 }
