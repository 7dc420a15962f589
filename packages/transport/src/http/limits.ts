/** Connections to one origin, and so calls to it at once; more wait for their turn. */
export const CONNECTIONS_PER_ORIGIN = 128
/** Calls to one origin that may wait for a connection; more are held. */
export const WAITING_PER_ORIGIN_MAX = 10_000
/** When a call is tried again that found no connection free. */
export const ORIGIN_BUSY_PAUSE_MS = 1_000

/** Until TCP and TLS stand. */
export const CONNECT_TIMEOUT_MS = 5_000
/** How long an idle connection is kept if the participant doesn't say; less than the usual 5 s of servers. */
export const KEEP_ALIVE_MS = 4_000
/** How long it is kept if the participant says more. */
export const KEEP_ALIVE_MAX_MS = 600_000
/** The headers of an answer. */
export const ANSWER_HEADERS_MAX_BYTES = 16 * 1024

/** Failures to connect, one after another, that open the circuit breaker of an origin. */
export const BREAKER_FAILURES = 5
/** How long it stays open at first; each failed probe doubles it. */
export const BREAKER_PAUSE_MS = 1_000
export const BREAKER_PAUSE_MAX_MS = 30_000

/** Origins whose failures are remembered while nothing is called there. */
export const IDLE_ORIGINS_KEPT = 1_000
/** URLs whose parsed form is kept. */
export const ADDRESSES_KEPT = 1_000
