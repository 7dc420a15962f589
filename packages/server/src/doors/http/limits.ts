import { WAIT_MAX_MS } from '@assent/contract'

/** What one client can take of the door. Sizes are bytes, times milliseconds. */

/** All headers of a request together, its path and query included. */
export const HEADERS_MAX_BYTES = 16 * 1024
/** From the first byte of a request to the end of its headers. */
export const HEADERS_TIMEOUT_MS = 10_000
/** From the first byte of a request to its last. */
export const REQUEST_TIMEOUT_MS = 30_000
/** How often the two above are looked at. */
export const TIMEOUT_CHECK_INTERVAL_MS = 5_000
/** An idle connection; longer than most balancers keep theirs, so that they are the ones to close. */
export const KEEP_ALIVE_TIMEOUT_MS = 72_000
/** How often connections that became idle are let go while the door closes. */
export const IDLE_CHECK_INTERVAL_MS = 50
/** A connection on which nothing moves is given up once no wait can explain it. */
export const SILENCE_TIMEOUT_MS = WAIT_MAX_MS + 30_000

/** Bodies up to this size are told everything that is wrong with them, larger ones the first thing. */
export const THOROUGH_MAX_BYTES = 64 * 1024
/** Problems that one answer names. */
export const PROBLEMS_MAX = 20

export const EVENT_STREAMS_MAX = 1_000
/** A comment on an event stream, so that those in between keep it open and a lost reader is noticed. */
export const HEARTBEAT_INTERVAL_MS = 15_000
/** A reader who took nothing for so long is let go. */
export const EVENT_READER_TIMEOUT_MS = 30_000

export const RPC_BATCH_MAX = 100

/** An answer smaller than this is not worth compressing. */
export const COMPRESSION_THRESHOLD_BYTES = 1_024

export const ACTOR_MAX_LENGTH = 128
/** What a client is asked to wait after a 503 or 429. */
export const RETRY_AFTER_SECONDS = 1
