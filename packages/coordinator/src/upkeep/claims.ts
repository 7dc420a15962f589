import { type Clock, StoreUnavailable, type TransactionRow } from '@assent/engine'
import { readState } from '../driving/state.ts'
import { Backoff } from '../system/backoff.ts'
import type { Context } from '../transactions/context.ts'
import { writeOnce } from '../writing/single-write.ts'
import { Repeating } from './repeating.ts'

/** Transactions taken up with one question. */
const CLAIM_BATCH_MAX = 1_000
/** How often a store that is away is asked, at least this seldom. */
const AWAY_INTERVAL_MS = 1_000
/** A transaction whose state can't be read is left alone for this long. */
const UNREADABLE_PAUSE_MS = 300_000

/** Takes up what is due and what its driver left behind, as long as there is room. */
export class Claims {
  private readonly context: Context
  private readonly repeating: Repeating
  private readonly backoff: Backoff

  constructor(context: Context, clock: Clock) {
    this.context = context
    const { claimIntervalMs } = context.settings
    this.backoff = new Backoff(claimIntervalMs, Math.max(claimIntervalMs, AWAY_INTERVAL_MS))
    this.repeating = new Repeating(clock, () => this.look())
  }

  begin(): void {
    this.repeating.begin(0)
  }

  stop(): void {
    this.repeating.stop()
  }

  private async look(): Promise<number> {
    const { settings, observer } = this.context
    try {
      const claimed = await this.claim()
      this.backoff.reset()
      // Where some were due there may be more.
      return claimed > 0 ? 0 : settings.claimIntervalMs
    } catch (error) {
      const certain = error instanceof StoreUnavailable
      observer.observe({ kind: 'store-failed', what: 'claim', certain, error: String(error) })
      return this.backoff.next()
    }
  }

  private async claim(): Promise<number> {
    const { context } = this
    const { incarnation, drivers, settings, store } = context
    drivers.beginClaim()
    if (!incarnation.isAlive() || drivers.isStopping) return 0
    const limit = Math.min(CLAIM_BATCH_MAX, drivers.room)
    if (limit === 0) return 0
    const id = incarnation.id
    const applications = settings.application === '' ? [''] : ['', settings.application]
    let rows: readonly TransactionRow[]
    try {
      rows = await store.claim({ incarnation: id, applications, limit, writeId: incarnation.newWriteId() })
    } catch (error) {
      // It may have been given rows that it will never hear of: a new incarnation finds them as orphans.
      if (!(error instanceof StoreUnavailable)) incarnation.end()
      throw error
    }
    // What an incarnation that has ended meanwhile was given, the next one claims.
    if (incarnation.id !== id) return 0
    await Promise.all(rows.map((row) => context.commands.run(row.gid, async () => this.take(row, id))))
    if (rows.length > 0) context.observer.observe({ kind: 'claimed', transactions: rows.length })
    return rows.length
  }

  private take(row: TransactionRow, id: string): void {
    const { drivers, incarnation } = this.context
    // A command may have found the row as ours before the claim's own answer came, and gone on from there.
    if (incarnation.id !== id || drivers.isOutdated(row.gid, row.version)) return
    try {
      // What a claim decides, such as an abort at a deadline that has passed, must be durable like any decision.
      drivers.take(readState(row), row.version)?.happened({ type: 'claimed' })
    } catch (error) {
      this.context.observer.observe({ kind: 'fault', what: `claiming ${row.gid}`, error: String(error) })
      void this.leave(row)
    }
  }

  /** Gives back what can't be read, so that a program that can read it may take it up. */
  private async leave(row: TransactionRow): Promise<void> {
    const dueAt = this.context.time.now() + UNREADABLE_PAUSE_MS
    const write = {
      ...row,
      expect: row.version,
      writeId: this.context.incarnation.newWriteId(),
      owner: null,
      dueAt,
    }
    try {
      await writeOnce(this.context, write)
    } catch (error) {
      this.context.observer.observe({ kind: 'fault', what: `leaving ${row.gid}`, error: String(error) })
    }
  }
}
