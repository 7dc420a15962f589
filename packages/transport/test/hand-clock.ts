import type { Clock } from '@assent/engine'

interface Timer {
  at: number
  callback: () => void
}

/** A clock that a test moves by hand. */
export class HandClock implements Clock {
  #now = 0
  readonly #timers = new Set<Timer>()

  /** How many timers are set: none may be left behind. */
  get pending(): number {
    return this.#timers.size
  }

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  soon(callback: () => void): void {
    this.after(0, callback)
  }

  /** Lets time pass, and whatever was awaited go on. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms
    for (let next = this.#nextUntil(until); next !== undefined; next = this.#nextUntil(until)) {
      this.#now = next.at
      this.#timers.delete(next)
      next.callback()
      await settled()
    }
    this.#now = until
    await settled()
  }

  #nextUntil(until: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.at <= until)
    return due.sort((one, other) => one.at - other.at)[0]
  }
}

/** Everything that waits for promises only has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
