#!lua flags=allow-oom
-- Ends an incarnation for good, known or not. ARGV: its name.

redis.call('ZADD', KEYS[1], 0, ARGV[2])
