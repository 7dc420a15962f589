#!lua flags=allow-oom
-- Takes away tombstones of what ended very long ago. Answers how many.

local keys = {}
for _, one in ipairs(long_ended(BURIED)) do
  if find(standing_at(one.key) or '', '^gone') then keys[#keys + 1] = one.key end
  remove(BURIED, one.member)
end

finish(function()
  for _, key in ipairs(keys) do redis.call('DEL', key) end
end)
return #keys
