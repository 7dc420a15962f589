#!lua
-- Writes each row whose version is the expected one. Answers for each of the others its place in the batch and what
-- stands there: '' for nothing, false for what is not ours. All is read before anything is written.
-- KEYS: the sorted sets, then one for each write. ARGV: how long that is which comes before the gid in a key, then for
-- each write the version that it expects, and the row.

local gid_at = tonumber(ARGV[1]) + 1
local answers, accepted = {}, {}

for place = 1, #KEYS - SETS do
  local key, expected, kept = KEYS[SETS + place], ARGV[2 * place], ARGV[2 * place + 1]
  local standing, row = standing_at(key)
  local version = row and row.version or (standing == '' and '0')
  if version == expected then
    accepted[#accepted + 1] = place
    move(sub(key, gid_at), row, columns_of(kept))
  else
    answers[#answers + 1] = place
    answers[#answers + 1] = standing or false
  end
end

finish(function()
  for _, place in ipairs(accepted) do
    redis.call('SET', KEYS[SETS + place], ARGV[2 * place + 1])
  end
end)
return answers
