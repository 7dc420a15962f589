import type { Cancel, Clock } from '@assent/engine'

/** Something that is done again and again until it is stopped, never twice at once. */
export class Repeating {
  private readonly clock: Clock
  private readonly task: () => Promise<number>
  private cancelTimer: Cancel = () => {}
  private isStopped = false
  private isUnderWay = false
  private hasteMs = Number.POSITIVE_INFINITY

  /** `task` must not fail; it answers how long to rest before the next time, in milliseconds. */
  constructor(clock: Clock, task: () => Promise<number>) {
    this.clock = clock
    this.task = task
  }

  begin(delayMs: number): void {
    if (!this.isStopped) this.cancelTimer = this.clock.after(delayMs, () => void this.once())
  }

  /** The next time is this soon, whatever was planned; where it is under way, the one behind it. */
  hasten(delayMs: number): void {
    if (this.isUnderWay) this.hasteMs = delayMs
    else {
      this.cancelTimer()
      this.begin(delayMs)
    }
  }

  stop(): void {
    this.isStopped = true
    this.cancelTimer()
  }

  private async once(): Promise<void> {
    this.isUnderWay = true
    const restMs = await this.task()
    this.isUnderWay = false
    this.begin(Math.min(restMs, this.hasteMs))
    this.hasteMs = Number.POSITIVE_INFINITY
  }
}
