import type { Clock } from '@assent/engine'

/**
 * The store's time as far as this process knows it: the local monotonic clock plus the offset learnt at each
 * heartbeat. Epoch milliseconds, whole, never backwards.
 */
export class StoreTime {
  private readonly clock: Clock
  private offsetMs: number
  private latest = 0

  constructor(clock: Clock) {
    this.clock = clock
    this.offsetMs = clock.wall() - clock.monotonic()
  }

  learn(storeNow: number): void {
    this.offsetMs = storeNow - this.clock.monotonic()
  }

  now(): number {
    const now = Math.floor(this.clock.monotonic() + this.offsetMs)
    if (now > this.latest) this.latest = now
    return this.latest
  }
}
