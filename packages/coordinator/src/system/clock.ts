import { performance } from 'node:perf_hooks'
import type { Clock } from '@assent/engine'

/** A timer can't be set further ahead than this; whoever asked looks again when it fires. */
const TIMER_MAX_MS = 2 ** 31 - 1

/** The machine's time. What waits for it keeps the process alive: a coordinator that is open does so until it is closed. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), TIMER_MAX_MS))
    return () => clearTimeout(timer)
  },
  soon(callback) {
    setImmediate(callback)
  },
}
