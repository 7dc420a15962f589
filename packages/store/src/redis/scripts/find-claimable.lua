#!lua flags=no-writes
-- Answers when that was due which may be claimed, no more than the limit. KEYS: the sorted sets.

local dues = {}
for place, one in ipairs(claimable()) do
  if place > LIMIT then break end
  dues[place] = one.due
end
return dues
