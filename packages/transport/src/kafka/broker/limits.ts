/** How long `send` tries, if it is not told. */
export const SEND_TIMEOUT_MS = 5_000
/** How long the value and headers of a message may be together if it is not told, as in a Kafka that was not told otherwise. */
export const MESSAGE_MAX_BYTES = 1024 * 1024
/** What one request carries for one partition, unless one message is larger: brokers refuse batches above 1 MiB. */
export const REQUEST_MAX_BYTES = 768 * 1024
/** What may wait to be sent; more is refused. */
export const PENDING_MAX_BYTES = 64 * 1024 * 1024
/** Until a connection stands. */
export const CONNECT_TIMEOUT_MS = 2_000
/** Between two attempts of one request. */
export const ATTEMPT_PAUSE_MS = 100
/** How long it is believed who leads a partition, unless a request shows that it changed. */
export const METADATA_MAX_AGE_MS = 60_000

/** How long a member may be silent before its partitions are given to others, if it is not told; brokers allow 6 s and more. */
export const SESSION_TIMEOUT_MS = 10_000
/** How often a member says that it is there, and so how soon it learns that partitions are shared anew. */
export const HEARTBEAT_MS = 1_000
/** How long the others wait for a member when partitions are shared anew. */
export const REBALANCE_TIMEOUT_MS = 10_000
/** How much longer than that a member waits for an answer. */
export const MEMBER_GRACE_MS = 2_000
/** Pauses between attempts to join a group. */
export const REJOIN_PAUSE_MS = 100
export const REJOIN_PAUSE_MAX_MS = 5_000

/** How often it is looked whether topics have more partitions, if it is not told, and how often for one that is missing. */
export const TOPICS_LOOK_MS = 60_000
export const MISSING_LOOK_MS = 5_000
/** After how long it is told again what goes on. */
export const TELL_AGAIN_MS = 60_000

/** How long a broker holds a request for messages while there are none. */
export const FETCH_WAIT_MS = 500
/** The same while a partition has no room: it may have some soon. */
export const FETCH_WAIT_CROWDED_MS = 10
/** How much later than that an answer is awaited. */
export const FETCH_GRACE_MS = 5_000
export const FETCH_MAX_BYTES = 8 * 1024 * 1024
export const FETCH_PARTITION_MAX_BYTES = 1024 * 1024
/** Pauses between attempts to fetch that failed. */
export const FETCH_PAUSE_MS = 50
export const FETCH_PAUSE_MAX_MS = 1_000

/** How often what has ended is committed. */
export const COMMIT_INTERVAL_MS = 100
/** How long a subscription that is closed waits for what is under way. */
export const CLOSE_WAIT_MS = 5_000
/** How long each step of closing may take: a last commit, leaving the group, ending connections. */
export const CLOSE_STEP_MS = 2_000
/** How long creating topics may take. */
export const CREATE_TIMEOUT_MS = 10_000
