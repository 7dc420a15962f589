-- Goes before the scripts that look for what may be claimed.
-- ARGV: the store's time, the limit, who claims, the write's id, bytes after which the answer ends, what comes before
-- a gid in its key, how many applications, those, and then the owners that have ended.

local NOW, LIMIT, APPLICATIONS = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[7])
local FIRST_APPLICATION, FIRST_OWNER = 8, 8 + APPLICATIONS

-- Members of a set that begin so, in order: each ends in when it was due and in its gid.
local function gather(found, set, beginning, ending)
  local members = redis.call('ZRANGE', KEYS[set], '[' .. beginning, '(' .. ending, 'BYLEX', 'LIMIT', 0, LIMIT)
  for _, member in ipairs(members) do
    local due_end = find(member, '\0', #beginning + 1, true)
    local due, gid = sub(member, #beginning + 1, due_end - 1), sub(member, due_end + 1)
    found[#found + 1] = { set = set, member = member, due = due, gid = gid }
  end
end

-- What nobody drives and is due, and what the ended left behind: the longest due first, the never due before all.
local function claimable()
  local found = {}
  for at = FIRST_APPLICATION, FIRST_OWNER - 1 do
    local application = ARGV[at]
    gather(found, WAITING, application .. '\0', application .. '\0' .. NOW .. '\1')
    for owner = FIRST_OWNER, #ARGV do
      local left = ARGV[owner] .. '\0' .. application
      gather(found, OWNED, left .. '\0', left .. '\1')
    end
  end
  table.sort(found, function(one, other)
    if one.due ~= other.due then return one.due < other.due end
    return one.gid < other.gid
  end)
  return found
end
