import type { Clock } from '@assent/engine'
import type { Context } from '../transactions/context.ts'
import { Repeating } from './repeating.ts'

/** Rows in one sweep, so that it never holds up what is being driven. */
const SWEEP_ROWS_MAX = 500
/** How long to rest between two sweeps while there is more to do, and when there was nothing. */
const SWEEP_PAUSE_MS = 50
const SWEEP_INTERVAL_MS = 30_000

/** Turns transactions that ended long ago into tombstones, and forgets old tombstones. */
export class Retention {
  private readonly context: Context
  private readonly repeating: Repeating

  constructor(context: Context, clock: Clock) {
    this.context = context
    this.repeating = new Repeating(clock, () => this.sweep())
  }

  begin(): void {
    this.repeating.begin(SWEEP_INTERVAL_MS)
  }

  stop(): void {
    this.repeating.stop()
  }

  private async sweep(): Promise<number> {
    const { store, time, settings, observer } = this.context
    try {
      const now = time.now()
      const endedBefore = now - settings.retentionMs
      const { swept, forgotten } = await store.sweep({
        endedBefore,
        tombstonesBefore: endedBefore - settings.tombstoneMs,
        limit: SWEEP_ROWS_MAX,
      })
      if (swept > 0 || forgotten > 0) observer.observe({ kind: 'swept', swept, forgotten })
      if (swept === SWEEP_ROWS_MAX || forgotten === SWEEP_ROWS_MAX) return SWEEP_PAUSE_MS
    } catch (error) {
      observer.observe({ kind: 'store-failed', what: 'sweep', certain: true, error: String(error) })
    }
    return SWEEP_INTERVAL_MS
  }
}
