#!lua flags=allow-oom
-- Gives what may be claimed to an incarnation, and answers the gid and the row of each. KEYS: the sorted sets.

local INCARNATION, WRITE_ID, BYTES_MAX, KEY = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]

local rows, keys, answers = {}, {}, {}
local bytes = 0
for _, one in ipairs(claimable()) do
  if #rows >= LIMIT or bytes >= BYTES_MAX then break end
  local key = KEY .. one.gid
  local kept = read('GET', key)
  local row = kept and columns_of(kept)
  if row and members_of(row, one.gid)[one.set] == one.member then
    local claimed = string.format('%.0f', tonumber(row.version) + 1)
      .. '\0' .. INCARNATION .. '\0' .. WRITE_ID .. sub(kept, row.write_end)
    move(one.gid, row, columns_of(claimed))
    rows[#rows + 1] = claimed
    keys[#keys + 1] = key
    answers[#answers + 1] = one.gid
    answers[#answers + 1] = claimed
    bytes = bytes + #claimed
  else
    remove(one.set, one.member)
  end
end

finish(function()
  for place, key in ipairs(keys) do redis.call('SET', key, rows[place]) end
end)
return answers
