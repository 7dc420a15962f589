/** Takes back what was asked of the clock; harmless when it has already happened. */
export type Cancel = () => void

/** Time, as a process sees it. Milliseconds. */
export interface Clock {
  /** Never goes backwards; its origin means nothing. May stand still while the machine sleeps. */
  monotonic(): number
  /** Epoch milliseconds; may jump. */
  wall(): number
  /** Calls back once, not before `ms` have passed. */
  after(ms: number, callback: () => void): Cancel
  /** Calls back once, after what has already happened was dealt with and before time passes. */
  soon(callback: () => void): void
}
