import { isRefused, refusalOf } from '@assent/contract'
import type { BarrierRows, Completion, GidRows, Returned } from '../barrier.ts'
import { type Call, type CallId, mayRefuse, originOf, placeOf } from '../call.ts'
import { conclusionOf, mustBeCompletable } from '../completion.ts'
import { type Conclusion, concludeRefused, concludeReturned } from '../conclusion.ts'
import type { Answer } from '../decision.ts'
import { chosenBy, type Planned, type RedisBusiness, redisScript, type Scripted } from './business.ts'
import { evaluate, type RedisClient, type ScriptArguments } from './client.ts'
import { explained } from './failures.ts'
import { FORGET, PAGE } from './lua/sweep.ts'
import { answerOfCall, answerOfCompletion } from './reply.ts'
import { type Script, scriptOf } from './script.ts'

export interface RedisBarrierOptions {
  /**
   * Stands between braces in the names of the barrier's keys, `assent` by default. In a cluster it stands so in
   * the names of the business's keys as well: what one script touches must lie in one slot. All calls of a branch
   * need the same: an undo that looks under another tag finds nothing to undo.
   */
  tag?: string
  /** Epoch milliseconds. */
  now?: () => number
}

/** Chooses the script of a call, or answers without one. */
export type RedisCallBusiness = (redis: RedisBusiness) => Returned | Scripted | Promise<Returned | Scripted>

/** Chooses the script that completes a call, if there is something to do. What the script returns is ignored. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement completes a call too
export type RedisEffect = (redis: RedisBusiness) => Scripted | void | Promise<Scripted | void>

/**
 * The barrier of a service that keeps its data in Redis. It is a `Barrier` but for transactions of the service's
 * own, which need no turn here. Rejects with HalfDone where a branch waits for a person.
 */
export interface RedisBarrier extends BarrierRows {
  run(call: Call, business: RedisCallBusiness): Promise<Answer>
  complete(call: Call, completion: Completion, effect?: RedisEffect): Promise<Answer>
}

/**
 * The barrier for a service that keeps its data in Redis 7 or later, over a client of node-redis or ioredis. A
 * call is one script, its business included.
 *
 *     const barrier = redisBarrier(createClient())
 *     const answer = await barrier.run(call, (redis) =>
 *       redis.run(withdraw, { keys: ['{assent}:account:alice'], values: [3000] }))
 */
export function redisBarrier(client: RedisClient, options: RedisBarrierOptions = {}): RedisBarrier {
  return new ScriptedBarrier(client, options)
}

// Marked as pure, so that bundles of services without Redis leave all of this out.
/** Ends as JavaScript has decided, where no script of the service is run. */
const SETTLE = /* @__PURE__ */ redisScript('settle(ARGV[1], ARGV[2])')
const NOTHING = /* @__PURE__ */ redisScript('')
const PAGE_SCRIPT = /* @__PURE__ */ scriptOf(PAGE)
const FORGET_SCRIPT = /* @__PURE__ */ scriptOf(FORGET)
/** Gids whose rows go in one script: others wait for so long. */
const FORGOTTEN_AT_ONCE_MAX = 100

class ScriptedBarrier implements RedisBarrier {
  readonly #client: RedisClient
  readonly #gids: string
  readonly #now: () => number

  constructor(client: RedisClient, { tag = 'assent', now = Date.now }: RedisBarrierOptions) {
    if (!/^[^{}]+$/.test(tag)) {
      throw new TypeError(`${JSON.stringify(tag)} is no tag: it is empty, or holds a brace`)
    }
    this.#client = client
    this.#gids = `{${tag}}:barrier`
    this.#now = now
  }

  async run(call: Call, business: RedisCallBusiness): Promise<Answer> {
    const planned = await refusing(async () => {
      const chosen = await chosenBy(business)
      return 'planned' in chosen ? chosen.planned : settled(concludeReturned(chosen.returned))
    })
    return answerOfCall(call, await this.#pass(call, planned.script.call, planned))
  }

  async complete(call: Call, completion: Completion, effect: RedisEffect = () => {}): Promise<Answer> {
    mustBeCompletable(call, completion)
    const planned = await refusing(async () => {
      const chosen = await chosenBy(effect)
      return 'planned' in chosen ? chosen.planned : { script: NOTHING, keys: [], values: [] }
    })
    const { state, answer } = conclusionOf(completion)
    const reply = await this.#pass(call, planned.script.completion, planned, [state, answer ?? ''])
    return answerOfCompletion(call, reply)
  }

  async page(after: string, limit: number): Promise<GidRows[]> {
    const given = { keys: [this.#gids], values: [after, String(limit)] }
    const page = (await this.#evaluate(PAGE_SCRIPT, given)) as unknown[][]
    return page.map(([gid, touchedAt, ongoing]) => ({
      gid: String(gid),
      touchedAt: Number(touchedAt),
      ongoing: Number(ongoing) > 0,
    }))
  }

  async forget(gids: readonly string[], untouchedSince: number): Promise<number> {
    let forgotten = 0
    for (let from = 0; from < gids.length; from += FORGOTTEN_AT_ONCE_MAX) {
      const some = gids.slice(from, from + FORGOTTEN_AT_ONCE_MAX)
      const keys = [this.#gids, ...some.map((gid) => this.#rowsOf(gid))]
      forgotten += Number(
        await this.#evaluate(FORGET_SCRIPT, { keys, values: [String(untouchedSince), ...some] }),
      )
    }
    return forgotten
  }

  #pass(
    call: Call,
    script: Script,
    { keys, values }: Planned,
    more: readonly string[] = [],
  ): Promise<unknown> {
    mustBeDistinct(call)
    return this.#evaluate(script, {
      keys: [this.#rowsOf(call.gid), this.#gids, ...keys],
      values: [
        call.gid,
        call.branchId,
        call.op,
        placeOf(call.op),
        originOf(call.op) ?? '',
        mayRefuse(call) ? 'may refuse' : '',
        String(this.#now()),
        ...more,
        ...values,
      ],
    })
  }

  async #evaluate(script: Script, given: ScriptArguments): Promise<unknown> {
    try {
      return await evaluate(this.#client, script, given)
    } catch (thrown) {
      throw explained(thrown)
    }
  }

  #rowsOf(gid: string): string {
    return `${this.#gids}:${gid}`
  }
}

/** A refusal that is thrown before any script is known is still kept, or not, behind the duplicate. */
async function refusing(choose: () => Promise<Planned>): Promise<Planned> {
  try {
    return await choose()
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown
    return settled(concludeRefused(refusalOf(thrown)))
  }
}

function settled({ state, answer }: Conclusion): Planned {
  return { script: SETTLE, keys: [], values: [state, answer ?? ''] }
}

/** Half a surrogate pair becomes U+FFFD on its way, so that two names would be one. */
function mustBeDistinct({ gid, branchId }: CallId): void {
  if (gid.isWellFormed() && branchId.isWellFormed()) return
  throw new TypeError('the gid or branch_id of a call is no well-formed text')
}
