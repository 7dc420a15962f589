import type { Cancel, Clock } from '@assent/engine'

/** Something that wants to be called at a time. `wakeIndex` is the queue's own: -1 while it isn't queued. */
export interface Sleeper {
  wakeAt: number
  wakeIndex: number
  wake(): void
}

/** Nothing may be woken again and again without time passing. */
const WAKE_DELAY_MIN_MS = 1
/** Sleepers woken at once before others get their turn. */
const WAKES_AT_ONCE_MAX = 1_000

/**
 * Everything that waits for a time, with one timer for all: a binary heap whose entries know their place, so
 * that one that ends early leaves nothing behind.
 */
export class WakeQueue {
  private readonly clock: Clock
  private readonly now: () => number
  private readonly heap: Sleeper[] = []
  private cancelTimer: Cancel = () => {}
  private timerAt = Number.POSITIVE_INFINITY

  /** `now` is the time in which `wakeAt` is given. */
  constructor(clock: Clock, now: () => number) {
    this.clock = clock
    this.now = now
  }

  get size(): number {
    return this.heap.length
  }

  schedule(sleeper: Sleeper, wakeAt: number): void {
    if (sleeper.wakeIndex >= 0) {
      if (sleeper.wakeAt === wakeAt) return
      sleeper.wakeAt = wakeAt
      this.settle(sleeper)
    } else {
      sleeper.wakeAt = wakeAt
      sleeper.wakeIndex = this.heap.length
      this.heap.push(sleeper)
      this.up(sleeper)
    }
    this.arm()
  }

  remove(sleeper: Sleeper): void {
    const index = sleeper.wakeIndex
    if (index < 0) return
    sleeper.wakeIndex = -1
    const last = this.heap.pop()
    if (last === undefined || last === sleeper) return
    this.put(last, index)
    this.settle(last)
  }

  /** Lets go of the timer, which would keep a process alive that has nothing more to wait for. */
  stop(): void {
    this.cancelTimer()
    this.timerAt = Number.POSITIVE_INFINITY
  }

  private settle(sleeper: Sleeper): void {
    this.up(sleeper)
    this.down(sleeper)
  }

  private put(sleeper: Sleeper, index: number): void {
    this.heap[index] = sleeper
    sleeper.wakeIndex = index
  }

  private up(sleeper: Sleeper): void {
    for (let index = sleeper.wakeIndex; index > 0; ) {
      const above = (index - 1) >> 1
      const parent = this.heap[above]
      if (parent === undefined || parent.wakeAt <= sleeper.wakeAt) break
      this.put(parent, index)
      this.put(sleeper, above)
      index = above
    }
  }

  private down(sleeper: Sleeper): void {
    for (let index = sleeper.wakeIndex; ; ) {
      const left = this.heap[2 * index + 1]
      const right = this.heap[2 * index + 2]
      const child = right !== undefined && left !== undefined && right.wakeAt < left.wakeAt ? right : left
      if (child === undefined || child.wakeAt >= sleeper.wakeAt) break
      const below = child.wakeIndex
      this.put(child, index)
      this.put(sleeper, below)
      index = below
    }
  }

  /** The timer only moves forward: one that is too early finds nothing to do and is set again. */
  private arm(): void {
    const first = this.heap[0]
    if (first === undefined || first.wakeAt >= this.timerAt) return
    this.cancelTimer()
    this.timerAt = first.wakeAt
    this.cancelTimer = this.clock.after(Math.max(WAKE_DELAY_MIN_MS, first.wakeAt - this.now()), () => {
      this.timerAt = Number.POSITIVE_INFINITY
      this.fire()
    })
  }

  private fire(): void {
    const now = this.now()
    for (let count = 0; count < WAKES_AT_ONCE_MAX; count++) {
      const first = this.heap[0]
      if (first === undefined || first.wakeAt > now) break
      this.remove(first)
      first.wake()
    }
    this.arm()
  }
}
