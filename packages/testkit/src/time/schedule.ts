import type { Cancel } from '@assent/engine'

interface Entry {
  at: number
  order: number
  run: (() => void) | undefined
}

/** Entries handed to the event loop at once; it empties the queue of microtasks behind each. */
const ENTRIES_AT_ONCE = 64

/**
 * How long time stands still for work outside, milliseconds of the machine's own time. What takes longer may be waiting
 * for time to pass, so that time goes on without it.
 */
const OUTSIDE_MAX_MS = 2_000

/** The machine's own, whatever a test puts in their places. */
const { setImmediate, setTimeout, clearTimeout } = globalThis

/**
 * Virtual time: whatever happens in the simulated world is an entry here, in the order of time and, at the
 * same time, of scheduling. Behind each entry all that it set off in promises runs to its end before the next
 * one begins, because each is an immediate of its own.
 */
export class Schedule {
  /** Milliseconds since the world began. */
  now = 0
  private readonly heap: Entry[] = []
  private orders = 0
  /** What is under way outside of virtual time, a token each. */
  private readonly outsiders = new Set<object>()
  private goOn: (() => void) | undefined

  at(time: number, run: () => void): Cancel {
    const entry: Entry = { at: Math.max(time, this.now), order: this.orders++, run }
    this.push(entry)
    this.goOn?.()
    return () => {
      entry.run = undefined
    }
  }

  after(ms: number, run: () => void): Cancel {
    return this.at(this.now + ms, run)
  }

  /**
   * Work that is done in the machine's own time, such as a question to a database: until it has settled time stands
   * still, and only what is due already happens.
   */
  async outside<T>(work: Promise<T>): Promise<T> {
    const token = {}
    this.outsiders.add(token)
    try {
      return await work
    } finally {
      this.outsiders.delete(token)
      this.goOn?.()
    }
  }

  /** When the next entry is; never, where nothing is left. */
  get nextAt(): number {
    return this.first()?.at ?? Number.POSITIVE_INFINITY
  }

  /** Resolves when `isOver` says so, which is asked before each entry, or when nothing is left to happen. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let isEnded = false
      const step = (): void => {
        if (isEnded) return
        try {
          const isDone = isOver()
          if (!isDone && this.isHeld()) return
          const entry = isDone ? undefined : this.pop()
          if (entry !== undefined) {
            this.now = entry.at
            entry.run?.()
            return
          }
          isEnded = true
          resolve()
        } catch (error) {
          isEnded = true
          reject(error)
        }
      }
      const batch = (): void => {
        if (isEnded) return
        if (this.isHeld()) {
          this.wait(batch)
          return
        }
        for (let count = 0; count < ENTRIES_AT_ONCE; count++) setImmediate(step)
        setImmediate(batch)
      }
      batch()
    })
  }

  /** Whether nothing may happen before something outside has settled. */
  private isHeld(): boolean {
    return this.outsiders.size > 0 && this.nextAt > this.now
  }

  private wait(goOn: () => void): void {
    const giveUp = setTimeout(() => {
      this.outsiders.clear()
      this.goOn?.()
    }, OUTSIDE_MAX_MS)
    this.goOn = () => {
      if (this.isHeld()) return
      this.goOn = undefined
      clearTimeout(giveUp)
      goOn()
    }
  }

  /** The next entry that was not taken back. */
  private first(): Entry | undefined {
    while (this.heap[0] !== undefined && this.heap[0].run === undefined) this.removeFirst()
    return this.heap[0]
  }

  private pop(): Entry | undefined {
    const first = this.first()
    if (first !== undefined) this.removeFirst()
    return first
  }

  private removeFirst(): void {
    const last = this.heap.pop()
    if (last !== undefined && this.heap.length > 0) this.sink(last)
  }

  private push(entry: Entry): void {
    let index = this.heap.length
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.heap[above]
      if (parent === undefined || isBefore(parent, entry)) break
      this.heap[index] = parent
      index = above
    }
    this.heap[index] = entry
  }

  /** Puts an entry in the place of the first, and moves it down to where it belongs. */
  private sink(entry: Entry): void {
    let index = 0
    for (;;) {
      const left = this.heap[2 * index + 1]
      const right = this.heap[2 * index + 2]
      const isRight = left !== undefined && right !== undefined && isBefore(right, left)
      const child = isRight ? right : left
      if (child === undefined || isBefore(entry, child)) break
      this.heap[index] = child
      index = 2 * index + (isRight ? 2 : 1)
    }
    this.heap[index] = entry
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.at === right.at ? left.order < right.order : left.at < right.at
}
