/** Replies under way at once: more than a coordinator waits for, as each stays until what it changed is durable. */
export const REPLIES_AT_ONCE = 10_000
/** How long an answer may take to be durable before its reply is given once more, as if nobody here had waited for it. */
export const KEPT_WAIT_MS = 30_000

/** Partitions of a topic of replies that is made here: as many coordinators can each have one of their own. */
export const REPLY_PARTITIONS = 6
