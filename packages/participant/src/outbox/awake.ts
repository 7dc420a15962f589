import type { Statement } from '../databases/database.ts'
import type { OutboxDialect } from './dialect.ts'

/** For how long a relay that finds something says that it is awake, milliseconds: nobody wakes it then. */
export const AWAKE_MS = 500
/** It says so again when half of that is over. */
const SAY_AGAIN_MS = AWAKE_MS / 2
/**
 * For how long it goes on looking behind that, milliseconds: a business transaction that found it awake may take as
 * long to commit. The event of one that takes longer is found at the next look.
 */
export const AWAKE_BEYOND_MS = 500
/** How often it looks meanwhile, milliseconds. */
export const AWAKE_INTERVAL_MS = 10

/** Whether a relay is awake, which it is from what it finds until a while later. */
export class Awake {
  readonly #dialect: OutboxDialect
  readonly #table: string
  readonly #now: () => number
  #saidMs = Number.NEGATIVE_INFINITY

  /** `now` is milliseconds that never go back. */
  constructor(dialect: OutboxDialect, table: string, now: () => number = () => performance.now()) {
    this.#dialect = dialect
    this.#table = table
    this.#now = now
  }

  /** To be run as something was found; nothing where it was said just before. */
  say(): readonly Statement[] {
    if (this.#now() - this.#saidMs < SAY_AGAIN_MS) return []
    this.#saidMs = this.#now()
    return this.#dialect.sayAwake(this.#table, AWAKE_MS)
  }

  /** Milliseconds to the next look, of which there are some anyway. */
  restMs(pollIntervalMs: number): number {
    const isAwake = this.#now() - this.#saidMs < AWAKE_MS + AWAKE_BEYOND_MS
    return isAwake ? Math.min(pollIntervalMs, AWAKE_INTERVAL_MS) : pollIntervalMs
  }
}
