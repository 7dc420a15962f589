/** What a connection asks of a server, and for how long. Times are milliseconds. */

/** For how long a request is asked again whose answer got lost, beyond what it was to wait for. */
export const TIMEOUT_MS = 30_000
/** How long one answer may take before it counts as lost, beyond what it was to wait for. */
export const ATTEMPT_TIMEOUT_MS = 10_000
/** The pause before the second attempt; each next one is twice as long. */
export const PAUSE_FIRST_MS = 50
export const PAUSE_MAX_MS = 2_000
/** What of a `Retry-After` is heeded. */
export const RETRY_AFTER_MAX_MS = 60_000
/** A longer wait is asked in parts: balancers and proxies cut what is silent for a minute. */
export const WAIT_PART_MS = 30_000
/** Where they cut sooner, parts get shorter, but not below this. */
export const WAIT_PART_MIN_MS = 1_000
/** An event stream without a word, heartbeats included, is as good as cut; the server sends one every 15 s. */
export const EVENT_SILENCE_MS = 45_000

/** Connections to the server at once; more requests wait for their turn. */
export const CONNECTIONS_MAX = 1_024
/** An answer; a thousand transactions of the largest kind are not listed at once. */
export const ANSWER_MAX_LENGTH = 256 * 1024 * 1024
/** One event holds one transaction. */
export const EVENT_MAX_LENGTH = 64 * 1024 * 1024
/** The name of who asks, as a header carries it. */
export const ACTOR_MAX_LENGTH = 128
/** What an error quotes of an answer that is none of ours. */
export const QUOTED_LENGTH = 120
