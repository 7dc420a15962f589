#!lua flags=allow-oom
-- Turns rows that ended long ago into tombstones, under the same keys. Answers how many.

local keys, tombstones = {}, {}
for _, one in ipairs(long_ended(ENDED)) do
  local _, row = standing_at(one.key)
  if row and row.ended .. '\0' .. one.gid == one.member then
    move(one.gid, row, nil)
    add(BURIED, one.member)
    keys[#keys + 1] = one.key
    tombstones[#keys] = 'gone\0' .. row.content .. '\0' .. row.status .. '\0' .. row.ended
  else
    remove(ENDED, one.member)
  end
end

finish(function()
  for place, key in ipairs(keys) do redis.call('SET', key, tombstones[place]) end
end)
return #keys
