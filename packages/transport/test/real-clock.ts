import type { Clock } from '@assent/engine'

/** The machine's own time, for tests that talk over real sockets. */
export const realClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  soon: (callback) => setImmediate(callback),
}
