/** What the error codes of MySQL and MariaDB say about a statement that failed; those from 45000 on are the driver's own. */

const DUPLICATE_KEY = 1062
const NULL_IN_COLUMN = 1048
const LOCK_WAIT_TIMEOUT = 1205
const DEADLOCK = 1213
/** MariaDB's name for a row that was changed since it was read. */
const RECORD_CHANGED = 1020

/** Out of range, not of the column's characters, too long, too long a row, and a constraint of either server. */
const REFUSED_ROW = new Set([1118, 1264, 1292, 1300, 1366, 1406, 3819, 4025])
/** No such account or database, wrong or expired password, locked, none of it to this account or from this host. */
const WRONG_ACCESS = new Set([1044, 1045, 1049, 1130, 1524, 1698, 1820, 1862, 3118, 4151])
/** A way to log in that the driver does not know, or does not take without TLS. */
const WRONG_LOGIN = new Set([45025, 45044, 45047, 45062, 45064])
/** No right to a statement, a table or a column. */
const FORBIDDEN = new Set([1142, 1143, 1227])
/** The server has no TLS, wants it, or shows a certificate that the driver does not take. */
const UNTRUSTED = new Set([3159, 45023, 45056, 45057, 45059, 45063])
/** Of OpenSSL: a certificate that was not signed by whom we trust, or is another server's. */
const UNTRUSTED_NAME = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_|ERR_TLS_|ERR_SSL_)/

function codeOf(error: unknown): number | undefined {
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

/** The server undid the whole transaction: a cluster may do so when it is asked to commit it. */
export function wasRolledBack(error: unknown): boolean {
  return codeOf(error) === DEADLOCK
}

export function isWrongAccess(error: unknown): boolean {
  const code = codeOf(error) ?? 0
  return WRONG_ACCESS.has(code) || WRONG_LOGIN.has(code)
}

export function isForbidden(error: unknown): boolean {
  return FORBIDDEN.has(codeOf(error) ?? 0)
}

export function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.has(codeOf(error) ?? 0) || UNTRUSTED_NAME.test(nameOf(error))
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
