import type { Cancel, Clock } from '@assent/engine'
import type { Context } from '../transactions/context.ts'

/** Rows in one sweep, so that it never holds up what is being driven. */
const SWEEP_ROWS_MAX = 500
/** How long to rest between two sweeps while there is more to do, and when there was nothing. */
const SWEEP_PAUSE_MS = 50
const SWEEP_INTERVAL_MS = 30_000

/** Turns transactions that ended long ago into tombstones, and forgets old tombstones. */
export class Retention {
  private readonly context: Context
  private readonly clock: Clock
  private cancelTimer: Cancel = () => {}
  private stopped = false

  constructor(context: Context, clock: Clock) {
    this.context = context
    this.clock = clock
  }

  begin(): void {
    this.cancelTimer = this.clock.after(SWEEP_INTERVAL_MS, () => void this.sweep())
  }

  stop(): void {
    this.stopped = true
    this.cancelTimer()
  }

  private async sweep(): Promise<void> {
    const { store, time, settings, observer } = this.context
    let delay = SWEEP_INTERVAL_MS
    try {
      const now = time.now()
      const endedBefore = now - settings.retentionMs
      const { swept, forgotten } = await store.sweep({
        endedBefore,
        tombstonesBefore: endedBefore - settings.tombstoneMs,
        limit: SWEEP_ROWS_MAX,
      })
      if (swept > 0 || forgotten > 0) observer.observe({ kind: 'swept', swept, forgotten })
      if (swept === SWEEP_ROWS_MAX || forgotten === SWEEP_ROWS_MAX) delay = SWEEP_PAUSE_MS
    } catch (error) {
      observer.observe({ kind: 'store-failed', what: 'sweep', certain: true, error: String(error) })
    }
    if (!this.stopped) this.cancelTimer = this.clock.after(delay, () => void this.sweep())
  }
}
