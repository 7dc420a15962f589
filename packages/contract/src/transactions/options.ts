/** How a transaction is driven. Times are milliseconds. */
export interface Options {
  /** Phase one's deadline, from submit or the first application-driven branch; in message mode from start. */
  timeoutToFailMs: number
  /** When a PREPARED transaction with nothing at stake is aborted; never a message. */
  abandonAfterMs: number
  /** How long one call may take. */
  requestTimeoutMs: number
  /** The first backoff, and the interval at which an ongoing call is asked again. */
  retryIntervalMs: number
  /** The cap of the backoff and of a participant's `Retry-After`. */
  retryMaxIntervalMs: number
  /** How long a call that must finish may take before it is shown to an operator. */
  attentionAfterMs: number
  /** Calls of one transaction in flight at once. */
  parallelism: number
  /** `parallel` but for `after`, or one branch after another. */
  order: 'parallel' | 'sequential'
  /** Headers of every call to a branch. */
  headers: Readonly<Record<string, string>>
}

export const DEFAULT_OPTIONS: Options = Object.freeze({
  timeoutToFailMs: 60_000,
  abandonAfterMs: 86_400_000,
  requestTimeoutMs: 30_000,
  retryIntervalMs: 1_000,
  retryMaxIntervalMs: 60_000,
  attentionAfterMs: 300_000,
  parallelism: 10,
  order: 'parallel',
  headers: Object.freeze({}),
})

/** What each option may be; a day for single calls, thirty for deadlines. */
const DAY_MS = 86_400_000
export const OPTION_BOUNDS = {
  timeoutToFailMs: [1, 30 * DAY_MS],
  abandonAfterMs: [1, 365 * DAY_MS],
  requestTimeoutMs: [1, DAY_MS],
  retryIntervalMs: [1, DAY_MS],
  retryMaxIntervalMs: [1, DAY_MS],
  attentionAfterMs: [1, 365 * DAY_MS],
  parallelism: [1, 1_000],
} as const satisfies Partial<Record<keyof Options, readonly [number, number]>>
