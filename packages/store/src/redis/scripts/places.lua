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
    place,
    row.name ~= '' and row.name .. '\0' .. place,
    -- Nearly all that ended is committed: a set of those would find nothing sooner.
    row.status ~= 'COMMITTED' and row.status .. '\0' .. place,
    row.attention == '1' and place,
    waiting,
    owned,
    ended,
  }
end
local NOWHERE = { false, false, false, false, false, false, false }

-- Changes of the sets are gathered, so that each set is told once.
local added, removed = {}, {}
for index = 1, INDEXES do
  added[index], removed[index] = {}, {}
end

local function add(index, member)
  local members = added[index]
  local last = #members
  members[last + 1] = 0
  members[last + 2] = member
end

local function remove(index, member)
  local members = removed[index]
  members[#members + 1] = member
end

-- Moves a row from where `old` has it to where `new` wants it; nil: it is nowhere.
local function move(gid, old, new)
  local from = old and members_of(old, gid) or NOWHERE
  local to = new and members_of(new, gid) or NOWHERE
  for index = 1, #NOWHERE do
    local was, is = from[index], to[index]
    if was ~= is then
      if was then remove(index, was) end
      if is then add(index, is) end
    end
  end
  if old and new and old.labels == new.labels and from[CREATED] == to[CREATED] then return end
  local function labelled(changing, row, place)
    each_label(row, function(key, value) changing(LABELS, key .. '\0' .. value .. '\0' .. place) end)
  end
  if old and old.labels ~= '' then labelled(remove, old, from[CREATED]) end
  if new and new.labels ~= '' then labelled(add, new, to[CREATED]) end
end

local function tell(command, changes)
  for index = 1, INDEXES do
    local members = changes[index]
    for first = 1, #members, ARGUMENTS_MAX do
      redis.call(command, KEYS[index], unpack(members, first, math.min(first + ARGUMENTS_MAX - 1, #members)))
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
