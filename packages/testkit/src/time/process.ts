import type { Cancel, Clock } from '@assent/engine'
import type { Schedule } from './schedule.ts'

/** Epoch milliseconds at which every simulated world begins. */
export const EPOCH_MS = 1_700_000_000_000

/** What a process's clocks are like. */
export interface ClockFaults {
  /** How fast the monotonic clock runs: 1 is right. */
  rate: number
  /** How far the wall clock is off, milliseconds. */
  wallOffsetMs: number
}

/**
 * One life of one process: its clocks, and the only way into it. When it crashes nothing comes in any more;
 * while it is paused whatever comes waits, and is dealt with in that order when it wakes.
 */
export class SimulatedProcess implements Clock {
  /** `c1#2`: the second life of c1. */
  readonly name: string
  private readonly schedule: Schedule
  private readonly rate: number
  private wallOffsetMs: number
  private readonly startedAt: number
  private readonly waiting: (() => void)[] = []
  private isAlive = true
  private isPaused = false
  private isStill = false
  /** How long the monotonic clock stood still, and since when it does now. */
  private stoodStillMs = 0
  private stillSince = 0

  constructor(name: string, schedule: Schedule, clocks: ClockFaults) {
    this.name = name
    this.schedule = schedule
    this.rate = clocks.rate
    this.wallOffsetMs = clocks.wallOffsetMs
    this.startedAt = schedule.now
  }

  get alive(): boolean {
    return this.isAlive
  }

  get paused(): boolean {
    return this.isPaused
  }

  monotonic(): number {
    const stood = this.stoodStillMs + (this.isStill ? this.schedule.now - this.stillSince : 0)
    return (this.schedule.now - this.startedAt - stood) * this.rate
  }

  wall(): number {
    return EPOCH_MS + this.schedule.now + this.wallOffsetMs
  }

  after(ms: number, callback: () => void): Cancel {
    const due = this.monotonic() + Math.max(0, ms)
    let isCancelled = false
    let cancelEntry: Cancel = () => {}
    const arm = (): void => {
      cancelEntry = this.schedule.after(Math.max(0, due - this.monotonic()) / this.rate, () =>
        this.receive(fire),
      )
    }
    const fire = (): void => {
      if (isCancelled) return
      // The clock stood still meanwhile: the time has not passed yet.
      if (this.monotonic() + CLOCK_GRAIN_MS < due) arm()
      else callback()
    }
    arm()
    return () => {
      isCancelled = true
      cancelEntry()
    }
  }

  soon(callback: () => void): void {
    this.schedule.after(0, () => this.receive(callback))
  }

  /** Something reaches this process now. */
  receive(happening: () => void): void {
    if (!this.isAlive) return
    if (this.isPaused) this.waiting.push(happening)
    else happening()
  }

  crash(): void {
    this.isAlive = false
    this.waiting.length = 0
  }

  /** `still`: the machine sleeps, and its monotonic clock with it. */
  pause(still: boolean): void {
    if (!this.isAlive || this.isPaused) return
    this.isPaused = true
    this.isStill = still
    this.stillSince = this.schedule.now
  }

  wake(): void {
    if (!this.isPaused) return
    this.isPaused = false
    if (this.isStill) this.stoodStillMs += this.schedule.now - this.stillSince
    this.isStill = false
    // Each in a turn of its own, as an event loop would.
    for (const happening of this.waiting.splice(0)) this.schedule.after(0, () => this.receive(happening))
  }

  jumpWall(ms: number): void {
    this.wallOffsetMs += ms
  }
}

/** Below this two readings of a clock are the same. */
const CLOCK_GRAIN_MS = 0.001
