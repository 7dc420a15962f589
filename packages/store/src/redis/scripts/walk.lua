#!lua flags=no-writes
-- Walks one slice of a sorted set behind each of several beginnings, from the newest on, and checks of each row what the
-- set does not say. A place is what follows the beginning in a member. KEYS: the set.
-- ARGV: the place behind which to begin, '' for the newest; the place with which to end, '' for the oldest; how many
-- members to look at for each beginning; what comes before a gid in its key; how a gid must begin; how many
-- beginnings, those, and then columns with what they must be.
-- Answers for each beginning the place at which it stopped, '' when nothing is left, and then the places that fit.

local FROM, TO, SLICE, KEY, PREFIX, BEGINNINGS = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local FIRST_CHECK = 7 + BEGINNINGS

local function has_label(row, wanted)
  local has = false
  each_label(row, function(key, value) has = has or key .. '\0' .. value == wanted end)
  return has
end

local function fits(gid)
  if sub(gid, 1, #PREFIX) ~= PREFIX then return false end
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

-- A beginning ends with U+0000, if it is not empty, so that U+0001 in its stead is behind all that begin so.
local function slice_of(beginning)
  local from = '(' .. beginning .. FROM
  if FROM == '' then from = beginning == '' and '+' or '(' .. sub(beginning, 1, -2) .. '\1' end
  local to = beginning .. TO == '' and '-' or '[' .. beginning .. TO
  return redis.call('ZRANGE', KEYS[1], from, to, 'BYLEX', 'REV', 'LIMIT', 0, SLICE)
end

local answer = {}
for at = 7, FIRST_CHECK - 1 do
  local members = slice_of(ARGV[at])
  local places = { '' }
  for number, member in ipairs(members) do
    local place = sub(member, #ARGV[at] + 1)
    if number == tonumber(SLICE) then places[1] = place end
    if fits(sub(place, find(place, '\0', 1, true) + 1)) then places[#places + 1] = place end
  end
  answer[#answer + 1] = places
end
return answer
