import { ANSWER_MAX_BYTES, REFUSAL_MAX_BYTES } from '@assent/contract'

/** What a refusal that is too long keeps of its code and message, as everywhere; bytes here. */
const SHORT_CODE_BYTES = 128
const SHORT_MESSAGE_BYTES = 1_024
/** What Lua's unpack can put on its stack, with room to spare. */
const ARGUMENTS_MAX = 4_000

/** What may be called while nothing may be changed. */
const READS = `BITCOUNT BITFIELD_RO BITPOS DBSIZE DUMP ECHO EXISTS EXPIRETIME GEODIST GEOHASH GEOPOS GEORADIUSBYMEMBER_RO
  GEORADIUS_RO GEOSEARCH GET GETBIT GETRANGE HEXISTS HEXPIRETIME HGET HGETALL HKEYS HLEN HMGET HPEXPIRETIME HPTTL HSCAN
  HSTRLEN HTTL HVALS LCS LINDEX LLEN LPOS LRANGE MGET OBJECT PEXPIRETIME PFCOUNT PTTL SCARD SDIFF SINTER SINTERCARD
  SISMEMBER SMEMBERS SMISMEMBER SORT_RO SSCAN STRLEN SUBSTR SUNION TIME TTL TYPE XLEN XPENDING XRANGE XREAD XREVRANGE
  ZCARD ZCOUNT ZDIFF ZINTER ZINTERCARD ZLEXCOUNT ZMSCORE ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE
  ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION`

/**
 * What surrounds a business in its script. It reads, and says what shall be written; only when it has come to
 * an end without a refusal or a fault is anything written. Redis takes nothing back, so nothing may go wrong later.
 */
export function aroundBusiness(moreReads: readonly string[]): string {
  return `
local reads = ' ${[READS.replaceAll(/\s+/g, ' '), ...moreReads].join(' ')} '
local writes = {}

-- cjson keeps 14 digits of a number and says nothing of the others.
local function must_be_exact(value)
  if type(value) == 'table' then
    for key, each in pairs(value) do must_be_exact(key) must_be_exact(each) end
  elseif type(value) == 'number' and tonumber(string.format('%.14g', value)) ~= value then
    error(string.format('%.17g', value) .. ' has more digits than JSON is given here: make it a string', 0)
  end
end

local function json(value)
  must_be_exact(value)
  return cjson.encode(value)
end

-- Ends the business from within, so that a forgotten 'return' does no harm.
local function settle(state, answer)
  error({ settled = { state = state, answer = answer } })
end

local function refuse(code, message, details)
  if type(code) ~= 'string' then error('refuse() needs a code', 2) end
  message = tostring(message == nil and code or message)
  local head = '{"code":' .. json(code) .. ',"message":' .. json(message)
  local refusal = head .. (details == nil and '}' or ',"details":' .. json(details) .. '}')
  if #refusal > ${REFUSAL_MAX_BYTES} then
    refusal = '{"code":' .. json(string.sub(code, 1, ${SHORT_CODE_BYTES}))
      .. ',"message":' .. json(string.sub(message, 1, ${SHORT_MESSAGE_BYTES})) .. '}'
  end
  settle('refused', refusal)
end

local function ongoing(retry_after_ms)
  if retry_after_ms ~= nil and type(retry_after_ms) ~= 'number' then
    error('ongoing() takes milliseconds, or nothing', 2)
  end
  settle('ongoing', retry_after_ms and '{"retryAfterMs":' .. json(retry_after_ms) .. '}' or '')
end

local function only_reading(call)
  return function(name, ...)
    if not string.find(reads, ' ' .. string.upper(tostring(name)) .. ' ', 1, true) then
      error(tostring(name) .. ' is no command that only reads: what is to be changed is given to write()', 2)
    end
    return call(name, ...)
  end
end

local reading = {
  call = only_reading(redis.call), pcall = only_reading(redis.pcall), sha1hex = redis.sha1hex,
}

local function write(...)
  local command, count = { ... }, select('#', ...)
  if count == 0 or count > ${ARGUMENTS_MAX} then error('write() takes 1 to ${ARGUMENTS_MAX} arguments', 2) end
  for place = 1, count do
    local kind = type(command[place])
    if kind ~= 'string' and kind ~= 'number' then
      error('argument ' .. place .. ' of write() is a ' .. kind .. ', and must be a string or a number', 2)
    end
  end
  writes[#writes + 1] = command
end

local function words_of(thrown)
  return type(thrown) == 'table' and tostring(thrown.err) or tostring(thrown)
end

-- What the business comes to, or nil and what went wrong. Nothing is written yet.
local function attempt(keys, values)
  local ran, returned = pcall(business, keys, values, reading, write, refuse, ongoing, settle)
  if not ran and type(returned) == 'table' and returned.settled then return returned.settled end
  if not ran then return nil, words_of(returned) end
  if returned == nil then return { state = 'done', answer = '' } end
  local encoded, answer = pcall(json, returned)
  if not encoded then return nil, 'its result is nothing that JSON can say: ' .. words_of(answer) end
  if #answer > ${ANSWER_MAX_BYTES} then
    return nil, 'its result has ' .. #answer .. ' bytes; a caller reads at most ${ANSWER_MAX_BYTES}'
  end
  return { state = 'done', answer = answer }
end

-- Makes the writes. Answers how many were made, and what went wrong with the next.
local function make_writes()
  for place, command in ipairs(writes) do
    local reply = redis.pcall(unpack(command))
    if type(reply) == 'table' and reply.err then
      return place - 1, command[1] .. ' failed: ' .. reply.err
    end
  end
  return #writes
end
`
}
