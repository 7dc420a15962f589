import type { Clock } from '@assent/engine'

/**
 * The store's time as far as this process knows it: the local monotonic clock plus the offset learnt at each
 * heartbeat. Epoch milliseconds, whole, never backwards.
 */
export class StoreTime {
  private readonly clock: Clock
  private offsetMs: number
  private latest = 0
  private isLearnt = false

  constructor(clock: Clock) {
    this.clock = clock
    this.offsetMs = clock.wall() - clock.monotonic()
  }

  /**
   * The store said what time it was, some time after `sentAt` (monotonic) and before now: however long the answer
   * was under way, the offset lies between the two, and what is known of it already is kept as far as it can be.
   */
  learn(storeNow: number, sentAt: number): void {
    this.isLearnt = true
    const least = storeNow - this.clock.monotonic()
    const most = storeNow - sentAt
    this.offsetMs = Math.min(most, Math.max(least, this.offsetMs))
  }

  /** Before anything was learnt it is the wall clock's guess, which binds nobody: that clock may be an hour ahead. */
  now(): number {
    const now = Math.floor(this.clock.monotonic() + this.offsetMs)
    if (!this.isLearnt) return now
    if (now > this.latest) this.latest = now
    return this.latest
  }
}
