import { aroundBusiness } from './lua/business.ts'
import { CALL } from './lua/call.ts'
import { COMPLETION } from './lua/completion.ts'
import { ROWS } from './lua/rows.ts'
import { type Script, scriptOf } from './script.ts'

/** A business in Lua, made by `redisScript()`. */
export class RedisScript {
  /** The business with the barrier around it. */
  readonly call: Script
  /** The same as the effect of a completion. */
  readonly completion: Script

  constructor(lua: string, moreReads: readonly string[]) {
    const business = `local function business(KEYS, ARGV, redis, write, refuse, ongoing, settle) ${lua}\nend\n`
    const whole = `#!lua\n${business}${aroundBusiness(moreReads)}${ROWS}`
    this.call = scriptOf(whole + CALL)
    this.completion = scriptOf(whole + COMPLETION)
  }
}

const COMMAND_NAME = /^[A-Za-z][A-Za-z0-9._-]*$/

/**
 * The business of a call, in Lua. It reads with `redis.call`, gives each change to `write(command, …)`, and
 * returns its result: nothing, a text, a number, a boolean, or a table that is made JSON. It may also end
 * with `refuse(code, message, details)` or `ongoing(retryAfterMs)`. Only then are the changes made, in the
 * order of `write`, together with the barrier's row; a refusal or an error changes nothing.
 *
 *     const withdraw = redisScript(`
 *       local balance, cents = tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1])
 *       if balance < cents then refuse('INSUFFICIENT_FUNDS', 'the account holds ' .. balance) end
 *       write('DECRBY', KEYS[1], ARGV[1])
 *       return { balance = balance - cents }
 *     `)
 *
 * Make it once, of a constant text: servers keep every text that they were sent. `reads` names commands of
 * modules that only read, such as `JSON.GET`.
 */
export function redisScript(lua: string, { reads = [] }: { reads?: readonly string[] } = {}): RedisScript {
  const odd = reads.find((name) => !COMMAND_NAME.test(name))
  if (odd !== undefined) throw new TypeError(`${JSON.stringify(odd)} is no name of a command`)
  return new RedisScript(
    lua,
    reads.map((name) => name.toUpperCase()),
  )
}

/** What a script is run with: `KEYS` and `ARGV`. */
export interface Given {
  keys?: readonly string[]
  values?: readonly (string | number)[]
}

const SCRIPTED: unique symbol = Symbol('scripted')

/** A script with what it is given, as a business function returns it; nothing was run yet. */
export type Scripted = { readonly [SCRIPTED]: Planned }

export interface Planned {
  script: RedisScript
  keys: readonly string[]
  values: readonly string[]
}

/**
 * What a business function gets: it says which script is run, by returning what `run` returns. The function
 * itself is called for every repeat too, before the barrier has looked, so it does nothing but choose.
 */
export interface RedisBusiness {
  run(script: RedisScript, given?: Given): Scripted
}

/** Calls `choose`, and finds what it chose; any other value than a script is answered as it is. */
export async function chosenBy<Returned>(
  choose: (redis: RedisBusiness) => Returned | Scripted | Promise<Returned | Scripted>,
): Promise<{ planned: Planned } | { returned: Returned }> {
  let made: Scripted | undefined
  const returned = await choose({
    run(script, { keys = [], values = [] } = {}) {
      if (made !== undefined) throw new Error('a call runs one script, and a second was asked for')
      made = { [SCRIPTED]: { script, keys, values: values.map(textOf) } }
      return made
    },
  })
  if (made === undefined) return { returned: returned as Returned }
  if (returned !== made) {
    throw new Error('a script was asked for and something else was returned: return what run() returns')
  }
  return { planned: made[SCRIPTED] }
}

function textOf(value: string | number): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`${value} is no value for Redis`)
  }
  return String(value)
}
