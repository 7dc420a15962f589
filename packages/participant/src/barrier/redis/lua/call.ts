/** A call: the duplicate is looked for first, then what is to be done is decided as `decide` does. */
export const CALL = `
local current, origin = standing[place], undone ~= '' and standing.origin or nil

local function decide()
  if current then return 'leave' end
  if undone == '' then return 'run' end
  if not origin then return 'keep' end
  if origin.op ~= undone then return 'leave' end
  if origin.state == 'done' then return 'run' end
  if origin.state == 'ongoing' then return 'leave' end
  return 'keep'
end

if fault then return { 'half-done', fault } end
local next = decide()
local answer = { next, current and current.kept or false, origin and origin.kept or false }

if next == 'keep' then
  touch()
  if not origin then put('origin', undone, 'planted', '') end
  put(place, op, 'done', '')
elseif next == 'run' then
  local conclusion, failure = attempt(given_to_business(7))
  if failure then return { 'failed', failure } end
  local refused = conclusion.state == 'refused'
  if refused then writes = {} end
  local broken = (not refused or refusable ~= '') and keep(conclusion)
  if broken then return broken end
  answer[4], answer[5] = conclusion.state, conclusion.answer
end
return answer
`
