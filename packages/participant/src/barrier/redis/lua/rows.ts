/**
 * The rows of one transaction, a hash: `origin:BRANCH` and `end:BRANCH` hold operation, state and answer,
 * `touched` when one was last written, `ongoing` how many wait to be completed. Answers stay the text that they
 * are. A sorted set names all gids that have rows.
 */
export const ROWS = `
local rows, gids = KEYS[1], KEYS[2]
local gid, branch, op, place, undone, refusable, now = unpack(ARGV, 1, 7)

local function row_of(kept)
  if not kept then return nil end
  local op, state, answer = string.match(kept, '^(%l+) (%l+) (.*)$')
  return { op = op, state = state, answer = answer, kept = kept }
end

local stood = redis.call('HMGET', rows, 'origin:' .. branch, 'end:' .. branch, 'fault:' .. branch, 'touched')
local standing = { origin = row_of(stood[1]), ['end'] = row_of(stood[2]) }
local fault, touched = stood[3], stood[4]

-- Before anything else is written: that rows can't be written must show while nothing is done.
local function touch()
  redis.call('ZADD', gids, 0, gid)
  redis.call('HSET', rows, 'touched', touched and tonumber(touched) > tonumber(now) and touched or now)
end

local function put(place, op, state, answer)
  local was = standing[place] and standing[place].state == 'ongoing' and 1 or 0
  local is = state == 'ongoing' and 1 or 0
  if was ~= is then redis.call('HINCRBY', rows, 'ongoing', is - was) end
  redis.call('HSET', rows, place .. ':' .. branch, op .. ' ' .. state .. ' ' .. answer)
end

-- Makes the writes of a business and keeps its answer. What has gone wrong after the first of them can't be
-- taken back: the row waits for a person, so that nothing is done twice or taken for undone.
local function keep(conclusion)
  touch()
  local made, failure = make_writes()
  if failure and made == 0 then return { 'failed', failure } end
  if failure then
    fault = made .. ' of ' .. #writes .. ' writes were made, and then ' .. failure
    redis.call('HSET', rows, 'fault:' .. branch, fault)
    put(place, op, 'ongoing', '')
    return { 'half-done', fault }
  end
  put(place, op, conclusion.state, conclusion.answer)
end

-- What comes behind the barrier's own keys and arguments, of which there are so many.
local function given_to_business(count)
  local keys, values = {}, {}
  for place = 3, #KEYS do keys[place - 2] = KEYS[place] end
  for place = count + 1, #ARGV do values[place - count] = ARGV[place] end
  return keys, values
end
`
