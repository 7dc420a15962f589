/** What the error codes of MySQL and MariaDB say about a statement that failed; those from 45000 on are the driver's own. */

const DUPLICATE_KEY = 1062
const NULL_IN_COLUMN = 1048
const LOCK_WAIT_TIMEOUT = 1205
const DEADLOCK = 1213
/** MariaDB's name for a row that was changed since it was read. */
const RECORD_CHANGED = 1020

/** Out of range, not of the column's characters, too long, too long a row, and a constraint of either server. */
const REFUSED_ROW = new Set([1118, 1264, 1292, 1300, 1366, 1406, 3819, 4025])
/** No such account, wrong password, no right to the database or the statement, no such database, host not allowed. */
const REFUSED_ACCESS = new Set([1044, 1045, 1049, 1130, 1142, 1143, 1227, 1370, 1524, 1698, 3118, 3159, 4151])
/** The driver's: no TLS at the server, a way to log in that it does not know, a certificate that does not fit. */
const REFUSED_BY_DRIVER = new Set([45023, 45025, 45044, 45047, 45056, 45057, 45059, 45062, 45063, 45064])
/** A certificate that was not signed by whom we trust, or is another server's; see the codes of OpenSSL. */
const CERTIFICATE_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER|ERR_TLS/

export function codeOf(error: unknown): number | undefined {
  const { errno } = error as { errno?: unknown }
  return typeof errno === 'number' ? errno : undefined
}

/** A key was there already, or a version was not the expected one: see the statements of `put.ts`. */
export function isMissed(error: unknown): boolean {
  const code = codeOf(error)
  return code === DUPLICATE_KEY || code === NULL_IN_COLUMN
}

/** It failed for the values that it was given. */
export function isRefusedRow(error: unknown): boolean {
  return REFUSED_ROW.has(codeOf(error) ?? 0)
}

/** It stood in the way of another statement, and may be tried again. */
export function isContention(error: unknown): boolean {
  const code = codeOf(error)
  return code === DEADLOCK || code === LOCK_WAIT_TIMEOUT || code === RECORD_CHANGED
}

/** The server undid the transaction, whichever of its statements was on its way: at its end too. */
export function wasRolledBack(error: unknown): boolean {
  return codeOf(error) === DEADLOCK
}

/** Nothing that waiting mends: an account, a database, a right, a certificate. */
export function isRefusedAccess(error: unknown): boolean {
  const code = codeOf(error) ?? 0
  return REFUSED_ACCESS.has(code) || REFUSED_BY_DRIVER.has(code) || CERTIFICATE_CODE.test(nameOf(error))
}

function nameOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** What a failure says for people. What the driver adds to it, the statement and numbers of its own, is left out. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { sqlMessage } = error as { sqlMessage?: unknown }
  if (typeof sqlMessage === 'string' && sqlMessage !== '') return sqlMessage
  return error.message || nameOf(error) || error.name
}
