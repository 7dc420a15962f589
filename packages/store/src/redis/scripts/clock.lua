-- Goes before the scripts that know incarnations: each with when its lease runs out, 0 for one that was ended.
-- KEYS: the incarnations, the clock. ARGV: milliseconds to add to the server's time, and what else a script takes.

-- Never backwards, not even when another server takes over whose clock is behind.
local time = redis.call('TIME')
local now = math.max(
  tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[1]),
  tonumber(redis.call('GET', KEYS[2]) or '0')
)

local function is_alive(incarnation)
  local ends = redis.call('ZSCORE', KEYS[1], incarnation)
  return ends and tonumber(ends) > now
end

local function keep_time()
  redis.call('SET', KEYS[2], string.format('%.0f', now))
end
