import type { RestartLimits } from '../restarting.ts'
import { isInTransaction, type SqliteDatabase } from './database.ts'

/** How often a transaction starts again that found the database locked, the first time included. */
export const BUSY_ATTEMPTS_MAX = 12
/** The wait before the second attempt; it doubles up to the longest. */
export const BUSY_FIRST_WAIT_MS = 2
export const BUSY_LONGEST_WAIT_MS = 500

/** No attempt begins later than this. */
export const BUSY_ELAPSED_MAX_MS = 60_000

export const BUSY_LIMITS: RestartLimits = {
  attemptsMax: BUSY_ATTEMPTS_MAX,
  firstWaitMs: BUSY_FIRST_WAIT_MS,
  longestWaitMs: BUSY_LONGEST_WAIT_MS,
  elapsedMaxMs: BUSY_ELAPSED_MAX_MS,
}

/** What the work of a transaction comes to, and whether what it wrote is kept. */
export interface Ending<T> {
  keep: boolean
  value: T
}

export type Sooner<T> = T | Promise<T>

/**
 * Runs `work` in a transaction that holds the write lock from its start. Work that returns no promise is
 * begun and committed without anything else running in between. Work that throws is rolled back.
 */
export function transact<T>(database: SqliteDatabase, work: () => Sooner<Ending<T>>): Sooner<T> {
  database.exec('BEGIN IMMEDIATE')
  return rollingBack(database, () => whenDone(work(), (ending) => end(database, ending)))
}

function end<T>(database: SqliteDatabase, { keep, value }: Ending<T>): T {
  if (isInTransaction(database) === false) {
    throw new Error(
      'the transaction was ended by the function that ran inside it; that is left to the barrier',
    )
  }
  database.exec(keep ? 'COMMIT' : 'ROLLBACK')
  return value
}

/** A commit that failed counts as rolled back as well, and is made so. */
function rollingBack<T>(database: SqliteDatabase, work: () => Sooner<T>): Sooner<T> {
  const rollBack = (thrown: unknown): never => {
    try {
      database.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk. Were it not so, the next BEGIN would
      // say it.
    }
    throw thrown
  }
  try {
    const done = work()
    return isPromise(done) ? Promise.resolve(done).catch(rollBack) : done
  } catch (thrown) {
    return rollBack(thrown)
  }
}

/** Goes on at once where there is nothing to wait for. */
export function whenDone<T, U>(value: Sooner<T>, next: (value: T) => U): Sooner<U> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value)
}

/**
 * By its shape: a query builder's own kind of promise is no Promise, and taking it for a result would commit
 * too early.
 */
function isPromise<T>(value: Sooner<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
