/** How long a function that was signalled when its time was over is waited for before its outcome counts as unknown. */
export const LOCAL_GRACE_MS = 5_000
