/** Ends a call that went on: the effect, and the answer that it was completed with. */
export const COMPLETION = `
local current = standing[place]
if not current then return { 'absent' } end
if current.op ~= op or current.state ~= 'ongoing' then return { 'leave', current.kept } end

local conclusion, failure = attempt(given_to_business(9))
if failure then return { 'failed', failure } end
if conclusion.state == 'ongoing' then return { 'failed', 'what completes a call can not go on itself' } end
local refused = conclusion.state == 'refused'
if refused then writes = {} else conclusion = { state = ARGV[8], answer = ARGV[9] } end
local broken = (not refused or refusable ~= '') and keep(conclusion)
if broken then return broken end
if fault and (not refused or refusable ~= '') then redis.call('HDEL', rows, 'fault:' .. branch) end
return { 'run', conclusion.state, conclusion.answer }
`
