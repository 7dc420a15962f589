import { setTimeout as sleep } from 'node:timers/promises'
import { BarrierUnavailable } from './barrier.ts'

export interface RestartLimits {
  /** How often a transaction begins that others stand in the way of, the first time included. */
  attemptsMax: number
  /** The wait before the second attempt; it doubles up to the longest. Milliseconds. */
  firstWaitMs: number
  longestWaitMs: number
  /** No attempt begins later than this after the first, milliseconds. */
  elapsedMaxMs: number
}

/**
 * Starts `work` again while others stand in its way. Throws BarrierUnavailable when they go on doing so:
 * nothing has happened then.
 */
export async function restarting<T>(
  work: () => Promise<T>,
  isContention: (thrown: unknown) => boolean,
  { attemptsMax, firstWaitMs, longestWaitMs, elapsedMaxMs }: RestartLimits,
): Promise<T> {
  const beganMs = performance.now()
  let waitMs = firstWaitMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (thrown) {
      if (!isContention(thrown)) throw thrown
      if (attempt >= attemptsMax || performance.now() - beganMs >= elapsedMaxMs) {
        const message = `other transactions stood in the way at each of ${attempt} attempts`
        throw new BarrierUnavailable(message, { cause: thrown })
      }
    }
    // Those who were in each other's way must not meet again.
    await sleep(waitMs * (1 - Math.random() / 2))
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }
}
