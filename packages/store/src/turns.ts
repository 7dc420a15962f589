import { StoreUnavailable } from '@assent/engine'

/** Lets so many work at once; the others wait for their turn, but not for ever. */
export class Turns {
  private free: number
  private readonly waitMaxMs: number
  private readonly waiting = new Set<() => void>()

  constructor(atOnce: number, waitMaxMs: number) {
    this.free = atOnce
    this.waitMaxMs = waitMaxMs
  }

  /** Rejects with StoreUnavailable when its turn does not come in time. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.free > 0) this.free -= 1
    else await this.wait()
    try {
      return await work()
    } finally {
      this.pass()
    }
  }

  private wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(begin)
        reject(new StoreUnavailable(`its turn did not come within ${this.waitMaxMs} ms`))
      }, this.waitMaxMs)
      const begin = (): void => {
        clearTimeout(timer)
        resolve()
      }
      this.waiting.add(begin)
    })
  }

  private pass(): void {
    const [next] = this.waiting
    if (next === undefined) {
      this.free += 1
      return
    }
    this.waiting.delete(next)
    next()
  }
}
