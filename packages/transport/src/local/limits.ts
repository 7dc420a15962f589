/** How long a function that was signalled when its time was over is waited for before its outcome counts as unknown. */
export const LOCAL_GRACE_MS = 5_000
/** When a call is tried again whose function is not registered. */
export const DEFINITION_RETRY_MS = 5_000
