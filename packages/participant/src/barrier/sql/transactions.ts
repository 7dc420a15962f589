import type { Database, Isolation, Plan } from '../../databases/database.ts'
import { isContention, isMissingTable } from '../../databases/failures.ts'
import { type RestartLimits, restarting } from '../restarting.ts'
import { PROBE, type SqlRows } from './rows.ts'

/** How often a transaction begins that others stand in the way of, the first time included. */
export const RESTART_ATTEMPTS_MAX = 20
/** The wait before the second attempt; it doubles up to the longest. */
export const RESTART_FIRST_WAIT_MS = 4
export const RESTART_LONGEST_WAIT_MS = 500
/** No attempt begins later than this after the first: the caller has given up by then. */
export const RESTART_ELAPSED_MAX_MS = 30_000

export const RESTART_LIMITS: RestartLimits = {
  attemptsMax: RESTART_ATTEMPTS_MAX,
  firstWaitMs: RESTART_FIRST_WAIT_MS,
  longestWaitMs: RESTART_LONGEST_WAIT_MS,
  elapsedMaxMs: RESTART_ELAPSED_MAX_MS,
}

/** A row was neither inserted nor found: a sweep has deleted it in between. */
export class RowGone extends Error {
  override readonly name = 'RowGone'
}

/** Database transactions that start again while others stand in their way. */
export class Transactions<Transaction> {
  readonly #database: Database<Transaction>
  readonly #rows: SqlRows
  readonly #limits: RestartLimits
  #creating: Promise<void> | undefined

  constructor(database: Database<Transaction>, rows: SqlRows, limits: RestartLimits) {
    this.#database = database
    this.#rows = rows
    this.#limits = limits
  }

  /** `plan` is asked anew at every attempt. */
  run<T>(plan: () => Plan<Transaction, T>): Promise<T> {
    return restarting(
      () => this.#withTable(plan),
      (thrown) => isContention(thrown) || thrown instanceof RowGone,
      this.#limits,
    )
  }

  /** The barrier's table is missed only once, so nothing asks for it before. */
  async #withTable<T>(plan: () => Plan<Transaction, T>): Promise<T> {
    let isAmidWork = false
    const { work, ...rest } = plan()
    try {
      return await this.#database.transact({
        ...rest,
        work: (opened) => {
          isAmidWork = true
          return work(opened)
        },
      })
    } catch (thrown) {
      // A table that the business misses is its own.
      if (isAmidWork || !isMissingTable(thrown)) throw thrown
    }
    await this.#create()
    return this.#database.transact(plan())
  }

  #create(): Promise<void> {
    const isolation: Isolation = 'read committed'
    this.#creating ??= this.#database
      .transact<void>({
        isolation,
        first: this.#rows.create(),
        work: async () => ({ keep: true, value: undefined, last: PROBE }),
      })
      .finally(() => {
        this.#creating = undefined
      })
    return this.#creating
  }
}
