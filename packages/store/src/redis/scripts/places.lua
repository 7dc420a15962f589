-- Goes before the scripts that move rows in the sorted sets.

-- Where the sets have a row, but for its labels: at most one member in each, false for none.
local function members_of(row, gid)
  local place = row.created .. '\0' .. gid
  local waiting, owned, ended = false, false, false
  if row.ended ~= '' then
    ended = row.ended .. '\0' .. gid
  elseif row.owner ~= '' then
    owned = row.owner .. '\0' .. row.application .. '\0' .. row.due .. '\0' .. gid
  elseif row.due ~= '' then
    waiting = row.application .. '\0' .. row.due .. '\0' .. gid
  end
  return {
    row.status .. '\0' .. row.mode .. '\0' .. place,
    row.name ~= '' and row.name .. '\0' .. place,
    row.attention == '1' and place,
    waiting,
    owned,
    ended,
  }
end
local NOWHERE = { false, false, false, false, false, false }

-- Changes of the sets are gathered, so that each set is told once.
local added, removed = {}, {}
for set = 1, SETS do
  added[set], removed[set] = {}, {}
end

-- All with the same score, so that a set is in the order of its members.
local function add(set, member)
  local members = added[set]
  local last = #members
  members[last + 1] = '0'
  members[last + 2] = member
end

local function remove(set, member)
  local members = removed[set]
  members[#members + 1] = member
end

-- The members by which the labels of a row are found.
local function labels_of(row, gid)
  local members = {}
  local place = row.created .. '\0' .. gid
  each_label(row, function(key, value) members[key .. '\0' .. value .. '\0' .. place] = true end)
  return members
end

-- Moves a row from where `old` has it to where `new` wants it; nil: it is nowhere.
local function move(gid, old, new)
  local from = old and members_of(old, gid) or NOWHERE
  local to = new and members_of(new, gid) or NOWHERE
  for set = 1, #NOWHERE do
    local was, is = from[set], to[set]
    if was ~= is then
      if was then remove(set, was) end
      if is then add(set, is) end
    end
  end
  local before, after = old and old.labels or '', new and new.labels or ''
  if before == after and (before == '' or old.created == new.created) then return end
  local had = before == '' and {} or labels_of(old, gid)
  local has = after == '' and {} or labels_of(new, gid)
  for member in pairs(had) do
    if not has[member] then remove(LABELS, member) end
  end
  for member in pairs(has) do
    if not had[member] then add(LABELS, member) end
  end
end

local function tell(command, changes)
  for set = 1, SETS do
    local members = changes[set]
    for first = 1, #members, ARGUMENTS_MAX do
      redis.call(command, KEYS[set], unpack(members, first, math.min(first + ARGUMENTS_MAX - 1, #members)))
    end
  end
end

-- What is added stands before the rows are written, and what is removed goes after: were it ever to end midway,
-- a set would name too much, which does no harm.
local function finish(write_rows)
  tell('ZADD', added)
  write_rows()
  tell('ZREM', removed)
end
