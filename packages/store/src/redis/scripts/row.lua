-- Goes before the scripts that know rows. A row is kept as text: its columns, then its state, with U+0000 behind
-- each column, which no text of ours holds. The sorted sets say where to look; the rows are what counts.

local STATUSES, NAMES, ATTENTION, WAITING, OWNED, ENDED, LABELS, BURIED = 1, 2, 3, 4, 5, 6, 7, 8
local SETS = 8

-- Nearly all columns fit; whatever is longer is read again.
local HEAD_BYTES = 512
-- What unpack can put on Lua's stack, with room to spare.
local ARGUMENTS_MAX = 4000

local find, sub = string.find, string.sub

-- The columns that are looked for; nil for what is no row, or was cut before its end. Searching for the ends of
-- columns takes a third of the time that one pattern for all of them takes.
local function columns_of(kept)
  local version = find(kept, '^%d') and find(kept, '\0', 1, true)
  local owner = version and find(kept, '\0', version + 1, true)
  local write = owner and find(kept, '\0', owner + 1, true)
  local status = write and find(kept, '\0', write + 1, true)
  local attention = status and find(kept, '\0', status + 1, true)
  local application = attention and find(kept, '\0', attention + 1, true)
  local due = application and find(kept, '\0', application + 1, true)
  local ended = due and find(kept, '\0', due + 1, true)
  local created = ended and find(kept, '\0', ended + 1, true)
  local name = created and find(kept, '\0', created + 1, true)
  local mode = name and find(kept, '\0', name + 1, true)
  local content = mode and find(kept, '\0', mode + 1, true)
  local count = content and find(kept, '\0', content + 1, true)
  local labels = count
  for _ = 1, 2 * (count and tonumber(sub(kept, content + 1, count - 1)) or 0) do
    labels = labels and find(kept, '\0', labels + 1, true)
  end
  if not labels then return nil end
  return {
    version = sub(kept, 1, version - 1),
    owner = sub(kept, version + 1, owner - 1),
    write_end = write,
    status = sub(kept, write + 1, status - 1),
    attention = sub(kept, status + 1, attention - 1),
    application = sub(kept, attention + 1, application - 1),
    due = sub(kept, application + 1, due - 1),
    ended = sub(kept, due + 1, ended - 1),
    created = sub(kept, ended + 1, created - 1),
    name = sub(kept, created + 1, name - 1),
    mode = sub(kept, name + 1, mode - 1),
    content = sub(kept, mode + 1, content - 1),
    labels = sub(kept, count + 1, labels),
  }
end

-- What a command reads; nil where another program keeps something of another type. Every other error ends the script.
local function read(...)
  local kept = redis.pcall(...)
  if type(kept) ~= 'table' then return kept or '' end
  if not find(kept.err, 'WRONGTYPE', 1, true) then error(kept) end
  return nil
end

-- What stands at a key, '' for nothing, at least as far as its columns go; and those columns, nil where it is no row.
local function standing_at(key)
  local bytes = HEAD_BYTES
  while true do
    local kept = read('GETRANGE', key, 0, bytes - 1)
    local row = kept and columns_of(kept)
    if row or not kept or #kept < bytes then return kept, row end
    bytes = bytes * 8
  end
end

local function each_label(row, visit)
  for key, value in string.gmatch(row.labels, '([^%z]*)%z([^%z]*)%z') do visit(key, value) end
end
