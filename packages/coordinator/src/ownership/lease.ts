import type { Clock } from '@assent/engine'

/**
 * This share of a lease is never used: a call which just starts is still within it, and a clock may be slow by as
 * much against the store's.
 */
const MARGIN_SHARE = 0.2

/**
 * What this process knows of its own lease. It counts from before the heartbeat was sent, by whichever of the
 * monotonic and the wall clock moved further: one may stand still while the machine sleeps, the other may be
 * set back.
 */
export class Lease {
  private readonly clock: Clock
  private readonly usableMs: number
  private monotonicStart = 0
  private wallStart = 0
  private held = false

  constructor(clock: Clock, leaseMs: number) {
    this.clock = clock
    this.usableMs = leaseMs * (1 - MARGIN_SHARE)
  }

  /** A moment at which a heartbeat is about to be sent. */
  mark(): { monotonic: number; wall: number } {
    return { monotonic: this.clock.monotonic(), wall: this.clock.wall() }
  }

  /** That heartbeat was answered. */
  renew(sent: { monotonic: number; wall: number }): void {
    this.monotonicStart = sent.monotonic
    this.wallStart = sent.wall
    this.held = true
  }

  lose(): void {
    this.held = false
  }

  isHeld(): boolean {
    if (!this.held) return false
    const elapsed = Math.max(this.clock.monotonic() - this.monotonicStart, this.clock.wall() - this.wallStart)
    return elapsed < this.usableMs
  }
}
