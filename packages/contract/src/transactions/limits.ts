/** Every limit has a name, a unit and one place. Sizes are bytes of UTF-8, times milliseconds. */

export const ID_MAX_LENGTH = 64
/** What a gid and a branch_id may look like. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/

export const BODY_MAX_BYTES = 1024 * 1024
export const BRANCHES_MAX = 1_000
/** A transaction with all its branches, as it is written down before any call: more is refused with 413. */
export const TRANSACTION_MAX_BYTES = 2 * 1024 * 1024
/**
 * The same with whatever its calls may come to add: results, refusals, attempts. Every store holds as much in one
 * row, and twice as much is still one packet of a MariaDB that was not configured (16 MiB).
 */
export const TRANSACTION_STATE_MAX_BYTES = 7 * 1024 * 1024
export const LABELS_MAX = 16
export const LABEL_KEY_MAX_LENGTH = 64
export const LABEL_VALUE_MAX_LENGTH = 256
export const NAME_MAX_LENGTH = 128
export const REASON_MAX_LENGTH = 1_024
export const URL_MAX_LENGTH = 2_048
export const HEADERS_MAX = 64
export const HEADER_NAME_MAX_LENGTH = 128
export const HEADER_VALUE_MAX_LENGTH = 4_096
/** Attempts that a branch may ask for. */
export const MAX_ATTEMPTS_MAX = 1_000_000

/** One branch's result; a longer one is omitted, never cut. */
export const RESULT_MAX_BYTES = 64 * 1024
/** All results of a transaction together. */
export const RESULTS_MAX_BYTES = 1024 * 1024
export const REFUSAL_MAX_BYTES = 64 * 1024
/** How much of a participant's answer is read before it counts as over-long. */
export const ANSWER_MAX_BYTES = 1024 * 1024

/** Attempts that a branch shows; older ones are counted only. */
export const ATTEMPTS_KEPT = 20

export const LIST_LIMIT_DEFAULT = 10
export const LIST_LIMIT_MAX = 1_000
/** Further back than this a list is paged by cursor. */
export const LIST_OFFSET_MAX = 100_000
export const CURSOR_MAX_LENGTH = 1_024
export const ENDED_GIDS_MAX = 1_000
/** `wait: true` */
export const WAIT_DEFAULT_MS = 30_000
export const WAIT_MAX_MS = 300_000
/** How deeply a payload or result may nest. */
export const JSON_DEPTH_MAX = 128
