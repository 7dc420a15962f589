import type { Plan } from '../clients/plan.ts'
import type { Entry } from '../facts/fact.ts'
import type { History } from './history.ts'

export const PROMISE_NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const
export type PromiseNumber = (typeof PROMISE_NUMBERS)[number]

/** What was promised and did not hold, in a sentence. */
export interface Violation {
  promise: PromiseNumber
  /** Virtual milliseconds. */
  at: number
  gid: string
  text: string
}

/** What a checker stands on. */
export interface Ground {
  history: History
  plans: ReadonlyMap<string, Plan>
  now(): number
  violated(gid: string, text: string): void
}

/** Judges one promise by what really happened, and never by what the coordinator says of itself. */
export interface Checker {
  see(entry: Entry): void
  /** Everything is over: nothing is under way any more. */
  end(): void
}
