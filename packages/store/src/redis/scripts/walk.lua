#!lua flags=no-writes
-- Walks a slice of a sorted set from the newest on, and checks of each row what the set does not say. KEYS: the set.
-- ARGV: where to begin and where to end, how many members to look at, how many places to answer, how much comes before
-- the place in a member, what comes before a gid in its key, how a gid must begin, and then columns with what they
-- must be. Answers the member at which it stopped, '' when nothing is left, and then the places.

local SLICE, WANTED, BEFORE, KEY, BEGINNING = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]
local FIRST_CHECK = 8

local function has_label(row, wanted)
  local has = false
  each_label(row, function(key, value) has = has or key .. '\0' .. value == wanted end)
  return has
end

local function fits(gid)
  if sub(gid, 1, #BEGINNING) ~= BEGINNING then return false end
  if #ARGV < FIRST_CHECK then return true end
  local _, row = standing_at(KEY .. gid)
  if not row then return false end
  for at = FIRST_CHECK, #ARGV, 2 do
    local column, wanted = ARGV[at], ARGV[at + 1]
    if column == 'label' then
      if not has_label(row, wanted) then return false end
    elseif row[column] ~= wanted then
      return false
    end
  end
  return true
end

local members = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'BYLEX', 'REV', 'LIMIT', 0, SLICE)
local answer = { #members == SLICE and members[#members] or '' }
for _, member in ipairs(members) do
  local place = sub(member, BEFORE + 1)
  if fits(sub(place, find(place, '\0', 1, true) + 1)) then
    answer[#answer + 1] = place
    if #answer > WANTED then
      answer[1] = member
      break
    end
  end
end
return answer
