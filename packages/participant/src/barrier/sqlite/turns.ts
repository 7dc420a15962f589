import { BarrierUnavailable } from '../barrier.ts'

/** Calls that wait for their turn on one connection. */
export const TURNS_WAITING_MAX = 10_000
/** How long a call waits for its turn. */
export const TURN_WAIT_MAX_MS = 30_000

export interface TurnLimits {
  waitingMax: number
  waitMaxMs: number
}

/**
 * One after another: a connection has one transaction at a time, and one that awaits must not be joined by
 * others.
 */
export class Turns {
  #taken = false
  readonly #waiting = new Set<() => void>()

  /**
   * Runs `work` alone. Throws BarrierUnavailable, with nothing run, where too many wait or it waits too
   * long.
   */
  async take<T>(work: () => Promise<T>, limits: TurnLimits): Promise<T> {
    if (this.#taken) await this.#turn(limits)
    this.#taken = true
    try {
      return await work()
    } finally {
      this.#passOn()
    }
  }

  #turn({ waitingMax, waitMaxMs }: TurnLimits): Promise<void> {
    if (this.#waiting.size >= waitingMax) {
      throw new BarrierUnavailable(`${waitingMax} calls wait for this database connection already`)
    }
    return new Promise((resolve, reject) => {
      const granted = () => {
        clearTimeout(timer)
        this.#waiting.delete(granted)
        // I/O gets its chance between two turns.
        setImmediate(resolve)
      }
      const giveUp = () => {
        this.#waiting.delete(granted)
        reject(new BarrierUnavailable(`another call has held this database connection for ${waitMaxMs} ms`))
      }
      const timer = setTimeout(giveUp, waitMaxMs)
      this.#waiting.add(granted)
    })
  }

  /** The turn stays taken between two, so that nobody slips in. */
  #passOn(): void {
    const [next] = this.#waiting
    if (next) next()
    else this.#taken = false
  }
}
