#!lua flags=allow-oom
-- ARGV: an incarnation, and owners. Answers the store's time, 1 when the incarnation is alive, and those of the owners
-- that are not.

local answer = { now, is_alive(ARGV[2]) and 1 or 0 }
for at = 3, #ARGV do
  if not is_alive(ARGV[at]) then answer[#answer + 1] = ARGV[at] end
end
return answer
