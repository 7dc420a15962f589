#!lua flags=no-writes
-- Answers each owner of rows that have not ended, once, in order: a step of the set for each of them, not for each row.
-- KEYS: the set of what is owned. ARGV: the owner behind which to begin, '' for the first; how many at most.

local owners = {}
local after = ARGV[1] == '' and '-' or '(' .. ARGV[1] .. '\1'
while #owners < tonumber(ARGV[2]) do
  local member = redis.call('ZRANGE', KEYS[1], after, '+', 'BYLEX', 'LIMIT', 0, 1)[1]
  if not member then break end
  local owner = string.match(member, '^[^%z]*')
  owners[#owners + 1] = owner
  after = '(' .. owner .. '\1'
end
return owners
