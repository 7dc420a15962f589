/** What the server's error codes say: https://www.postgresql.org/docs/current/errcodes-appendix.html */

interface ServerError {
  severity: string
  code: string
}

/** As the driver passes on what the server answered; told by its form, so that the driver need not be loaded. */
function serverError(error: unknown): ServerError | undefined {
  const { severity, code } = (error ?? {}) as Partial<ServerError>
  return typeof severity === 'string' && typeof code === 'string' ? { severity, code } : undefined
}

function hasCode(error: unknown, codes: RegExp): boolean {
  const { code } = serverError(error) ?? {}
  return code !== undefined && codes.test(code)
}

/**
 * The server answered that the statement failed, and its session goes on: nothing of it was kept. A session that the
 * server ends instead, with FATAL at a shutdown, may have committed before. Where the server tells the severity in
 * another language than English nothing is taken as certain.
 */
export function wasRolledBack(error: unknown): boolean {
  return serverError(error)?.severity === 'ERROR' && !hasCode(error, /^(08|57P)/)
}

/** It failed for the values that it was given: data exception, constraint, or too large for an index. */
export function isRefusedRow(error: unknown): boolean {
  return hasCode(error, /^(22|23|54)/)
}

/** It and another statement stood in each other's way, and it may be sent again: serialization failure, deadlock. */
export function isContention(error: unknown): boolean {
  return hasCode(error, /^(40001|40P01)$/)
}

/** Another session made the same thing at once, and was first. */
export function isMadeAlready(error: unknown): boolean {
  return hasCode(error, /^(23505|42P06|42P07|42723)$/)
}

/** No right to do it. */
export function isForbidden(error: unknown): boolean {
  return hasCode(error, /^42501$/)
}

/** Wrong account, password or database. */
export function isWrongAccess(error: unknown): boolean {
  return hasCode(error, /^(28...|3D000|42501)$/)
}

/** It asks for what the server does not know. */
export function isImpossible(error: unknown): boolean {
  return hasCode(error, /^(0A|42)/)
}
