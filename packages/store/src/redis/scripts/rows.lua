#!lua flags=no-writes
-- Answers what stands at each key, '' for nothing, until that is more than so many bytes: the first key at least.
-- ARGV: bytes.

local rows, bytes = {}, 0
for place, key in ipairs(KEYS) do
  if bytes > tonumber(ARGV[1]) then break end
  local kept = redis.pcall('GET', key)
  rows[place] = type(kept) == 'string' and kept or ''
  bytes = bytes + #rows[place]
end
return rows
