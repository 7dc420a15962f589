import { ENDED_GIDS_MAX, type EndedAnswer } from '@assent/contract'
import type { BarrierRows } from '../barrier.ts'
import { forgettable, isAskable, type SweepLimits } from './forgettable.ts'

const DAY_MS = 86_400_000
/** Twice as long as the longest call may take; milliseconds. */
export const SWEEP_GRACE_MS = 2 * DAY_MS
/**
 * How old rows must be that the coordinator knows nothing of: longer than it keeps a transaction and its
 * tombstone; milliseconds.
 */
export const TOMBSTONE_LIFE_MS = 90 * DAY_MS

/** Asks which of at most 1,000 gids have ended: `askCoordinator(url)`, or `ended` of an embedded Assent. */
export type AskEnded = (gids: readonly string[]) => Promise<EndedAnswer>

export interface SweepOptions extends Partial<SweepLimits> {
  ended: AskEnded
  /** Epoch milliseconds. */
  now?: () => number
}

export interface Swept {
  /** Gids that have rows, as the sweep met them. */
  seen: number
  /** Gids whose rows went. */
  forgotten: number
  /** Gids that are kept because a call of theirs still waits to be completed. */
  ongoing: number
}

/**
 * Deletes the barrier's rows of transactions that have ended, once through the whole table. Throws what
 * `ended` throws; what went until then is gone rightly, and the next sweep does the rest.
 */
export async function sweep(barrier: BarrierRows, options: SweepOptions): Promise<Swept> {
  const { ended, now = Date.now, graceMs = SWEEP_GRACE_MS, tombstoneLifeMs = TOMBSTONE_LIFE_MS } = options
  const limits = { graceMs, tombstoneLifeMs }
  const swept: Swept = { seen: 0, forgotten: 0, ongoing: 0 }
  for (let after = ''; ; ) {
    const page = await barrier.page(after, ENDED_GIDS_MAX)
    const asOf = now()
    const asked = page.filter((rows) => isAskable(rows, asOf, limits))
    if (asked.length > 0) {
      const answer = await ended(asked.map(({ gid }) => gid))
      const gids = forgettable(asked, answer, asOf, limits)
      if (gids.length > 0) swept.forgotten += await barrier.forget(gids, asOf - graceMs)
    }
    swept.seen += page.length
    swept.ongoing += page.filter((rows) => rows.ongoing).length
    const last = page.at(-1)
    if (last === undefined || page.length < ENDED_GIDS_MAX) return swept
    after = last.gid
  }
}
