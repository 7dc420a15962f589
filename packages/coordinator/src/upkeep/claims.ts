import { type Clock, StoreUnavailable, type TransactionRow } from '@assent/engine'
import { Backoff } from '../system/backoff.ts'
import type { Context } from '../transactions/context.ts'
import { Repeating } from './repeating.ts'
import { takeUp } from './take-up.ts'

/** Transactions taken up with one question. */
const CLAIM_BATCH_MAX = 1_000
/** How often a store that is away is asked, at least this seldom. */
const AWAY_INTERVAL_MS = 1_000
/** How long to rest before each look, when something is to become due at any moment. */
const EXPECTING_MS = [5, 20, 80, 250]

/** Takes up what is due and what its driver left behind, as long as there is room. */
export class Claims {
  private readonly context: Context
  private readonly repeating: Repeating
  private readonly backoff: Backoff
  private readonly onLost: () => void
  /** What is left of EXPECTING_MS, and whether the first of it is what is rested now. */
  private expecting: readonly number[] = []
  private isHastened = false

  /** `onLost` is called when the answer of a claim got lost. */
  constructor(context: Context, clock: Clock, onLost: () => void) {
    this.context = context
    this.onLost = onLost
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

  /** Somebody's database transaction holds a row that is due as soon as it commits: looks for it a few times soon. */
  expect(): void {
    const [first = 0, ...rest] = EXPECTING_MS
    this.expecting = rest
    // Many that come one after another must not put the look off again and again.
    if (!this.isHastened) this.repeating.hasten(Math.min(first, this.context.settings.claimIntervalMs))
    this.isHastened = true
  }

  private async look(): Promise<number> {
    const { settings, observer } = this.context
    this.isHastened = false
    try {
      const claimed = await this.claim()
      this.backoff.reset()
      // Where some were due there may be more.
      if (claimed > 0) return 0
      const [next = settings.claimIntervalMs, ...rest] = this.expecting
      this.expecting = rest
      return Math.min(next, settings.claimIntervalMs)
    } catch (error) {
      const certain = error instanceof StoreUnavailable
      observer.observe({ kind: 'store-failed', what: 'claim', certain, error: String(error) })
      return this.backoff.next()
    }
  }

  private async claim(): Promise<number> {
    const { incarnation, drivers, observer } = this.context
    if (!incarnation.isAlive() || drivers.isStopping) return 0
    const limit = Math.min(CLAIM_BATCH_MAX, drivers.room)
    if (limit === 0) return 0
    drivers.beginClaim()
    try {
      const transactions = await this.claimUpTo(limit)
      if (transactions > 0) observer.observe({ kind: 'claimed', transactions })
      return transactions
    } finally {
      drivers.endClaim()
    }
  }

  private async claimUpTo(limit: number): Promise<number> {
    const { incarnation, settings, store, commands } = this.context
    const { id } = incarnation
    const applications = settings.application === '' ? [''] : ['', settings.application]
    let rows: readonly TransactionRow[]
    try {
      rows = await store.claim({ incarnation: id, applications, limit, writeId: incarnation.newWriteId() })
    } catch (error) {
      // It may have been given rows that it does not hear of.
      if (!(error instanceof StoreUnavailable)) this.onLost()
      throw error
    }
    // What an incarnation that has ended meanwhile was given, the next one claims.
    if (incarnation.id !== id) return 0
    await Promise.all(rows.map((row) => commands.run(row.gid, async () => this.take(row, id))))
    return rows.length
  }

  private take(row: TransactionRow, id: string): void {
    const { drivers, incarnation } = this.context
    // A command may have found the row as ours before the claim's own answer came, and gone on from there.
    if (incarnation.id !== id || drivers.isOutdated(row.gid, row.version)) return
    takeUp(this.context, row)
  }
}
