#!lua flags=no-writes
-- Answers what stands at each key, at least as far as its columns go, '' for nothing.

local heads = {}
for place, key in ipairs(KEYS) do heads[place] = standing_at(key) or '' end
return heads
