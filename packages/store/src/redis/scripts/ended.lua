-- Goes before the scripts that clear away. KEYS: the sorted sets. ARGV: what comes before a gid in its key, the time before
-- which something has ended, and how many of it at most.

local KEY = ARGV[1]

-- The longest ended first, each with its key.
local function long_ended(set)
  local found = {}
  local members = redis.call('ZRANGE', KEYS[set], '-', '(' .. ARGV[2], 'BYLEX', 'LIMIT', 0, tonumber(ARGV[3]))
  for place, member in ipairs(members) do
    local gid = sub(member, find(member, '\0', 1, true) + 1)
    found[place] = { member = member, gid = gid, key = KEY .. gid }
  end
  return found
end
