#!lua
-- Uses each command that the other scripts use, on keys that are gone afterwards: whoever may not use one hears of it
-- before anything depends on it. KEYS: two that nothing else has.

local text, set = KEYS[1], KEYS[2]
redis.call('TIME')
redis.call('SET', text, 'x')
redis.call('GET', text)
redis.call('GETRANGE', text, 0, 0)
redis.call('ZADD', set, 0, 'x')
redis.call('ZSCORE', set, 'x')
redis.call('ZCOUNT', set, '-inf', '+inf')
redis.call('ZRANGE', set, '-', '+', 'BYLEX', 'LIMIT', 0, 1)
redis.call('ZREMRANGEBYRANK', set, 1, 1)
redis.call('ZREM', set, 'x')
redis.call('DEL', text, set)
