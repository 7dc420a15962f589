-- Goes before the scripts that know incarnations: each with when its lease runs out, 0 for one that has ended.
-- KEYS: the incarnations. ARGV: milliseconds to add to the server's time, and what else a script takes.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[1])

-- What is found to have ended is marked, so that no clock that goes back revives it.
local function is_alive(incarnation)
  local ends = redis.call('ZSCORE', KEYS[1], incarnation)
  if not ends then return false end
  if tonumber(ends) > now then return true end
  redis.call('ZADD', KEYS[1], 0, incarnation)
  return false
end
