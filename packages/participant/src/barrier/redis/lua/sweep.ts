/** The next gids in the order of their bytes, each with when it was touched and how many of its rows wait. */
export const PAGE = `#!lua flags=no-writes
local after = ARGV[1] == '' and '-' or '(' .. ARGV[1]
local page = {}
for _, gid in ipairs(redis.call('ZRANGE', KEYS[1], after, '+', 'BYLEX', 'LIMIT', 0, ARGV[2])) do
  local kept = redis.call('HMGET', KEYS[1] .. ':' .. gid, 'touched', 'ongoing')
  page[#page + 1] = { gid, kept[1] or '0', kept[2] or '0' }
end
return page
`

/** All rows of a gid or none: a row that outlives its undo's would let a late call through. */
export const FORGET = `#!lua flags=allow-oom
local untouched_since, forgotten = tonumber(ARGV[1]), 0
for place = 2, #KEYS do
  local kept = redis.call('HMGET', KEYS[place], 'touched', 'ongoing')
  if tonumber(kept[2] or 0) == 0 and tonumber(kept[1] or 0) <= untouched_since then
    redis.call('UNLINK', KEYS[place])
    forgotten = forgotten + redis.call('ZREM', KEYS[1], ARGV[place])
  end
end
return forgotten
`
