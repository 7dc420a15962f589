import type { Business } from '../barrier/barrier.ts'
import type { Call, CallId } from '../barrier/call.ts'
import type { Answer } from '../barrier/decision.ts'

/** How long a statement of ours waits for a row that another transaction holds, milliseconds. */
export const LOCK_TIMEOUT_MS = 2_000
/** Branches that a sweep looks at together. */
export const IN_DOUBT_MAX = 1_000

export interface XaOptions {
  /**
   * The name of the service, 1 to 32 of a-z 0-9 - _: it stands in every prepared transaction, and tells this
   * service's own from others'. Two services in one database must not share it.
   */
  service: string
  /** The barrier's table, `assent_barrier` by default. */
  table?: string
  /** The table in which prepares are registered, `assent_xa` by default. */
  registrations?: string
  /** How long a statement waits for a row that another transaction holds, the business's own included. */
  lockTimeoutMs?: number
  /** Epoch milliseconds. */
  now?: () => number
}

/** A branch whose prepare began here, and which has been neither committed nor rolled back. */
export interface InDoubt {
  gid: string
  branchId: string
  /** Whether the database holds a prepared transaction for it. */
  isPrepared: boolean
  /** Epoch milliseconds; undefined for a prepared transaction of which nothing was registered. */
  registeredAt: number | undefined
}

/**
 * A service's database, as a branch in mode xa needs it. Every method throws BarrierUnavailable where the
 * outcome is unknown and the same may be asked again.
 */
export interface XaResource<Connection> {
  /**
   * `prepare` runs the business in a database transaction of its own and prepares it; `commit` and `rollback`
   * end what was prepared, and run no business.
   */
  run(call: Call, business: Business<Connection>): Promise<Answer>
  /**
   * What a sweep has to look at, at most `limit` (1,000) of it: those that are prepared and not registered, then
   * those that are, the longest in doubt first. `after` is the last one of the part before.
   */
  inDoubt(after?: InDoubt, limit?: number): Promise<readonly InDoubt[]>
  /** Throws BarrierUnavailable, and says what to do, where this database can prepare nothing. */
  check(): Promise<void>
}

/** The three calls of a branch, each of which has a row or is undone by one. */
export function prepareOf({ gid, branchId }: CallId): CallId {
  return { gid, branchId, op: 'prepare' }
}
