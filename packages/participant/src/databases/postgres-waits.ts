import type { Statement } from './database.ts'

/**
 * How long the barrier waits for a row that another call holds, milliseconds, where the session has no limit of its
 * own (`lock_timeout`, none by default): the same call made again while it hangs must not take up the whole pool.
 */
export const ROW_WAIT_MAX_MS = 10_000

export interface RowWaitOptions {
  /** How long the barrier waits for a row that another call holds, where the session's `lock_timeout` is 0; 10 s. */
  rowWaitMaxMs?: number
}

/**
 * The same statements with a limit to their waits, and the session's own limit behind them for the business. Their
 * results stand between one at the beginning and one at the end.
 */
export function waitingBoundedly(first: readonly Statement[], rowWaitMaxMs: number): readonly Statement[] {
  return [
    {
      sql: `SELECT set_config('assent.lock_timeout', current_setting('lock_timeout'), true),
        set_config('lock_timeout', CASE current_setting('lock_timeout') WHEN '0' THEN ? ELSE current_setting('lock_timeout') END, true)`,
      values: [String(rowWaitMaxMs)],
      answers: 'rows',
    },
    ...first,
    {
      sql: `SELECT set_config('lock_timeout', current_setting('assent.lock_timeout'), true)`,
      values: [],
      answers: 'rows',
    },
  ]
}
