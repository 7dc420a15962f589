import type { Schedule } from '../time/schedule.ts'

const DAY_MS = 86_400_000
/** What has not come after so much virtual time never will. */
const WAIT_MAX_MS = 30 * DAY_MS

/** The time of a test. */
export interface TestClock {
  /** Virtual milliseconds since it began. */
  readonly now: number
  /** Lets so much time pass; resolves when all that was due in it has happened. */
  advance(ms: number): Promise<void>
}

/** Lets virtual time pass as long as somebody waits for something, and stand still otherwise. */
export class SkippingClock implements TestClock {
  private readonly schedule: Schedule
  private waiting = 0
  private advancedTo = 0
  private passing: Promise<void> | undefined

  constructor(schedule: Schedule) {
    this.schedule = schedule
  }

  get now(): number {
    return Math.floor(this.schedule.now)
  }

  async advance(ms: number): Promise<void> {
    const { schedule } = this
    const target = schedule.now + ms
    this.advancedTo = Math.max(this.advancedTo, target)
    await new Promise<void>((resolve, reject) => {
      schedule.at(target, resolve)
      this.pass().catch(reject)
    })
  }

  /** Lets time pass until this has settled. Throws where it does not, however long it is waited for. */
  async until<T>(answer: Promise<T>): Promise<T> {
    const { promise: never, reject } = Promise.withResolvers<never>()
    const cancel = this.schedule.after(WAIT_MAX_MS, () => {
      reject(new Error(`nothing came of it in ${WAIT_MAX_MS / DAY_MS} virtual days`))
    })
    this.waiting += 1
    this.pass().catch(reject)
    try {
      return await Promise.race([answer, never])
    } finally {
      this.waiting -= 1
      cancel()
    }
  }

  private pass(): Promise<void> {
    this.passing ??= this.passOn()
    return this.passing
  }

  private async passOn(): Promise<void> {
    try {
      // Somebody may begin to wait just when it ends.
      while (!this.isOver) await this.schedule.run(() => this.isOver)
    } finally {
      this.passing = undefined
    }
  }

  private get isOver(): boolean {
    return this.waiting === 0 && this.schedule.nextAt > this.advancedTo
  }
}
