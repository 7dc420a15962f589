import type { Cancel, Clock } from '@assent/engine'

/** Something that is done again and again until it is stopped, never twice at once. */
export class Repeating {
  private readonly clock: Clock
  private readonly task: () => Promise<number>
  private cancelTimer: Cancel = () => {}
  private isStopped = false

  /** `task` must not fail; it answers how long to rest before the next time, in milliseconds. */
  constructor(clock: Clock, task: () => Promise<number>) {
    this.clock = clock
    this.task = task
  }

  begin(delayMs: number): void {
    if (!this.isStopped) this.cancelTimer = this.clock.after(delayMs, () => void this.once())
  }

  stop(): void {
    this.isStopped = true
    this.cancelTimer()
  }

  private async once(): Promise<void> {
    this.begin(await this.task())
  }
}
