import type { Cancel } from '@assent/engine'

interface Entry {
  at: number
  order: number
  run: (() => void) | undefined
}

/** Entries handed to the event loop at once; it empties the queue of microtasks behind each. */
const ENTRIES_AT_ONCE = 64

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

  at(time: number, run: () => void): Cancel {
    const entry: Entry = { at: Math.max(time, this.now), order: this.orders++, run }
    this.push(entry)
    return () => {
      entry.run = undefined
    }
  }

  after(ms: number, run: () => void): Cancel {
    return this.at(this.now + ms, run)
  }

  /** Resolves when `isOver` says so, which is asked before each entry, or when nothing is left to happen. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let isEnded = false
      const step = (): void => {
        if (isEnded) return
        try {
          const entry = isOver() ? undefined : this.pop()
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
        for (let count = 0; count < ENTRIES_AT_ONCE; count++) setImmediate(step)
        setImmediate(batch)
      }
      batch()
    })
  }

  private pop(): Entry | undefined {
    for (;;) {
      const first = this.heap[0]
      const last = this.heap.pop()
      if (first === undefined || last === undefined) return undefined
      if (last !== first) this.sink(last)
      if (first.run !== undefined) return first
    }
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
