/** What SQLite's result codes say about a statement that failed. */

const BUSY = 5
const CORRUPT = 11
const FULL = 13
const TOO_BIG = 18
const CONSTRAINT = 19
const MISMATCH = 20
const NOT_A_DATABASE = 26

/** The primary result code; undefined for what SQLite did not throw. */
function resultCodeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' ? errcode & 0xff : undefined
}

/** Another connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return resultCodeOf(error) === BUSY
}

/** No room: nothing was written, and it may work again later. */
export function isFull(error: unknown): boolean {
  return resultCodeOf(error) === FULL
}

/** The file is damaged, or no SQLite database. */
export function isDamaged(error: unknown): boolean {
  const code = resultCodeOf(error)
  return code === CORRUPT || code === NOT_A_DATABASE
}

/** The statement failed for the values that it was given; the transaction around it goes on. */
export function isRefusedRow(error: unknown): boolean {
  const code = resultCodeOf(error)
  if (code !== undefined) return code === CONSTRAINT || code === MISMATCH || code === TOO_BIG
  const { code: nodeCode } = error as { code?: unknown }
  return nodeCode === 'ERR_INVALID_ARG_TYPE' || nodeCode === 'ERR_INVALID_ARG_VALUE'
}
