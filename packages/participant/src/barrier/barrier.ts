import type { Json, Ongoing, Refusal } from '@assent/contract'
import type { Call } from './call.ts'
import type { Answer } from './decision.ts'

/** What a business function may return: its result, `ongoing()`, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is a business function too
export type Returned = Json | Ongoing | void

/**
 * What the service does for a call. Everything it does in `database` is kept together with the answer, or
 * not at all. It may be run again after it was rolled back, so it changes nothing else. It refuses by
 * throwing `Refused`; after any other error the call counts as not made, and is repeated.
 */
export type Business<Database> = (database: Database) => Returned | Promise<Returned>

/** How work that went on after its call has ended. */
export type Completion = { outcome: 'done'; result?: Json } | { outcome: 'refused'; refusal: Refusal }

/**
 * Makes each call of a branch take effect once, whatever is repeated, late or in the wrong order.
 * Every method throws BarrierUnavailable where nothing happened and the same may be asked again.
 */
export interface Barrier<Database> extends BarrierRows {
  /** Runs the business of a call, unless it was run, undone or refused before; says which case it was. */
  run(call: Call, business: Business<Database>): Promise<Answer>

  /**
   * Ends a call whose business returned `ongoing()`: `effect` is kept together with the answer, and not run
   * if the call has been answered since. Throws AssentError BRANCH_NOT_FOUND if no such call was made.
   */
  complete(call: Call, completion: Completion, effect?: Effect<Database>): Promise<Answer>

  /**
   * A database transaction of the service's own, never amid a call's. Where a business function awaits,
   * whatever else writes on the same connection must go through here.
   */
  transaction<T>(work: (database: Database) => T | Promise<T>): Promise<T>
}

/** What completing does to the service's own data. It may refuse by throwing `Refused`. */
export type Effect<Database> = (database: Database) => void | Promise<void>

/** The barrier's rows, as a sweep sees them. */
export interface BarrierRows {
  /** The next gids behind `after` in their own order ('' for the first). */
  page(after: string, limit: number): Promise<readonly GidRows[]>
  /**
   * Deletes all rows of each gid, unless one of them is ongoing or was touched since. Answers how many gids
   * went.
   */
  forget(gids: readonly string[], untouchedSince: number): Promise<number>
}

/** All rows of one gid together. */
export interface GidRows {
  gid: string
  /** When the newest of them was last written, epoch milliseconds. */
  touchedAt: number
  /** Whether one of them waits to be completed. */
  ongoing: boolean
}

/** Nothing happened: the database was held by someone else for too long. The same call may be made again. */
export class BarrierUnavailable extends Error {
  override readonly name = 'BarrierUnavailable'
}
