/** Messages that a subscription deals with at once if it does not say. */
export const CONCURRENCY_DEFAULT = 64
/** Messages of one partition that may have been received and not ended; more wait in the broker. */
export const PARTITION_MESSAGES_MAX = 1_000
/** How long their keys and values may be together, in UTF-16 units; one message is always received. */
export const PARTITION_LENGTH_MAX = 4 * 1024 * 1024
/** After how long it is told of a partition, and then again, that its oldest message has not ended. */
export const STUCK_MS = 60_000
/** How long a message waits that was not dealt with, before it is given again; each failure doubles it. */
export const RETRY_PAUSE_MS = 50
export const RETRY_PAUSE_MAX_MS = 5_000
