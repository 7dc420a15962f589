import { setTimeout as sleep } from 'node:timers/promises'
import { type Barrier, mayRefuse, Refused } from 'assent/participant'

/**
 * What goes wrong on purpose, for tests of whoever calls the bank. Probabilities from 0 to 1; none by
 * default.
 */
export interface Faults {
  /** Where chance begins: the same calls in the same order meet the same faults. */
  seed: number
  /** Answers 500 and has done nothing. */
  failBefore: number
  /** Answers 500 although it has done what was asked. */
  failAfter: number
  /** Refuses phase one. */
  refuse: number
  /** Does what was asked, but only after the delay: the caller may long have given up. */
  delayBefore: number
  /** Does what was asked, and answers only after the delay. */
  delayAfter: number
  delayMs: number
}

export const NO_FAULTS: Faults = {
  seed: 1,
  failBefore: 0,
  failAfter: 0,
  refuse: 0,
  delayBefore: 0,
  delayAfter: 0,
  delayMs: 0,
}

export class InjectedFault extends Error {
  override readonly name = 'InjectedFault'
}

/** A barrier around which things go wrong; what passes it takes effect as ever. */
export function withFaults<Database>(barrier: Barrier<Database>, faults: Faults): Barrier<Database> {
  const chance = seededChance(faults.seed)
  const happens = (probability: number) => chance() < probability
  return {
    run: async (call, business) => {
      // All drawn at once, in one order, so that a call's faults don't depend on what else is under way.
      const fails = { before: happens(faults.failBefore), after: happens(faults.failAfter) }
      const delays = { before: happens(faults.delayBefore), after: happens(faults.delayAfter) }
      const refuses = happens(faults.refuse) && mayRefuse(call)
      if (delays.before) await sleep(faults.delayMs)
      if (fails.before) throw new InjectedFault('failed on purpose, before anything was done')
      const answer = await barrier.run(call, (database) => {
        if (refuses) throw new Refused('INJECTED_REFUSAL', 'refused on purpose')
        return business(database)
      })
      if (delays.after) await sleep(faults.delayMs)
      if (fails.after) throw new InjectedFault('failed on purpose, after it was done')
      return answer
    },
    complete: (call, completion, effect) => barrier.complete(call, completion, effect),
    transaction: (work) => barrier.transaction(work),
    page: (after, limit) => barrier.page(after, limit),
    forget: (gids, untouchedSince) => barrier.forget(gids, untouchedSince),
  }
}

/** Numbers from 0 to 1 that look like chance and follow from the seed (mulberry32). */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
