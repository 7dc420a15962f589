import { AssentError, isOngoing, isRefused, type Json, type Refusal, refusalOf } from '@assent/contract'
import {
  type Answer,
  type Barrier,
  type Business,
  type Call,
  type Completion,
  decide,
  type Effect,
  mayRefuse,
  originOf,
  repeated,
  type StoredAnswer,
} from '@assent/participant'
import { MemoryRows } from './rows.ts'

/** A barrier over an object, for tests; its functions get that object as their `database`. */
export interface MemoryBarrier<State extends object> extends Barrier<State> {
  readonly state: State
  /** Puts the state back as it was handed over, and forgets every call. */
  reset(): void
}

/**
 * The barrier for steps that keep their data in an object: what a function did to it before it threw is taken back.
 * Then its parts are copies, so hold `bank.state` and not what is in it.
 *
 *     const bank = memoryBarrier({ alice: 100, bob: 0 })
 *     saga(…).step('withdraw', { barrier: bank, action: ({ database }) => { database.alice -= 30 } })
 */
export function memoryBarrier<State extends object>(state: State): MemoryBarrier<State> {
  return new ObjectBarrier(state)
}

class ObjectBarrier<State extends object> implements MemoryBarrier<State> {
  readonly state: State
  readonly #begin: State
  #rows = newRows()
  #last: Promise<unknown> = Promise.resolve()

  constructor(state: State) {
    this.state = state
    this.#begin = structuredClone(state)
  }

  reset(): void {
    become(this.state, structuredClone(this.#begin))
    this.#rows = newRows()
    this.#last = Promise.resolve()
  }

  run(call: Call, business: Business<State>): Promise<Answer> {
    return this.#alone(async () => {
      const undone = originOf(call.op)
      const origin = undone && { ...call, op: undone }
      const originRow = origin && (this.#rows.find(origin) ?? 'inserted')
      const decision = decide(call.op, this.#rows.find(call) ?? 'inserted', originRow)
      switch (decision.next) {
        case 'leave':
          return decision.answer
        case 'keep':
          if (origin !== undefined && originRow === 'inserted') {
            this.#rows.put(origin, { op: origin.op, state: 'planted' })
          }
          this.#rows.put(call, { op: call.op, state: 'done' })
          return decision.answer
        case 'run':
          return this.#answerOf(call, () => business(this.state))
      }
    })
  }

  complete(call: Call, completion: Completion, effect?: Effect<State>): Promise<Answer> {
    return this.#alone(async () => {
      const stored = this.#rows.find(call)
      if (stored === undefined) {
        const message = `no ${call.op} of branch ${call.branchId} of ${call.gid} has passed this barrier`
        throw new AssentError('BRANCH_NOT_FOUND', message)
      }
      if (stored.op !== call.op || stored.state !== 'ongoing') return repeated(call.op, stored)
      if (completion.outcome === 'refused') return this.#refuse(call, completion.refusal)
      const apply = async (): Promise<void> => effect?.(this.state)
      return this.#answerOf(call, () => apply().then(() => completion.result))
    })
  }

  transaction<T>(work: (database: State) => T | Promise<T>): Promise<T> {
    return this.#alone(() => this.#undoing(() => work(this.state)))
  }

  page(after: string, limit: number) {
    return this.#rows.page(after, limit)
  }

  forget(gids: readonly string[], untouchedSince: number): Promise<number> {
    return this.#rows.forget(gids, untouchedSince)
  }

  async #answerOf(call: Call, work: () => unknown): Promise<Answer> {
    let returned: unknown
    try {
      returned = await this.#undoing(work)
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown
      return this.#refuse(call, refusalOf(thrown))
    }
    const stored = storedOf(call, returned)
    this.#rows.put(call, stored)
    const { state, op: _, ...details } = stored
    return state === 'done'
      ? { case: 'executed', outcome: 'done', ...details }
      : { case: 'ongoing', outcome: 'ongoing', ...details }
  }

  /** What must finish is not held to its refusal. */
  #refuse(call: Call, refusal: Refusal): Answer {
    if (mayRefuse(call)) this.#rows.put(call, { op: call.op, state: 'refused', refusal })
    return { case: 'refused', outcome: 'refused', refusal }
  }

  /** Takes back what was done to the state by work that throws. */
  async #undoing<T>(work: () => T | Promise<T>): Promise<T> {
    const before = structuredClone(this.state)
    try {
      return await work()
    } catch (thrown) {
      become(this.state, before)
      throw thrown
    }
  }

  /** One after another, as rows that are locked would have it. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }
}

function newRows(): MemoryRows {
  return new MemoryRows(Date.now, () => {})
}

function storedOf({ op }: Call, returned: unknown): Extract<StoredAnswer, { state: 'done' | 'ongoing' }> {
  if (isOngoing(returned)) {
    const { retryAfterMs } = returned
    return { op, state: 'ongoing', ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }
  const text: string | undefined = JSON.stringify(returned)
  return { op, state: 'done', ...(text !== undefined && { result: JSON.parse(text) as Json }) }
}

/** Makes an object what another one is, in place: others hold it. */
function become(object: object, other: object): void {
  for (const key of Object.keys(object)) Reflect.deleteProperty(object, key)
  Object.assign(object, other)
}
