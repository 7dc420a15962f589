/** What PostgreSQL's error codes say about a statement that failed: https://www.postgresql.org/docs/current/errcodes-appendix.html */
import pg from 'pg'

function stateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

/**
 * The server answered that the statement failed, and its session goes on: nothing of it was kept. A session that the
 * server ends instead (a FATAL error, at a shutdown for instance) may have committed before. Where a server speaks of
 * severity in another language, nothing is certain.
 */
export function wasRolledBack(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && error.severity === 'ERROR' && !/^(08|57P)/.test(error.code ?? '')
  )
}

/** It failed for the values that it was given: data exception, constraint, or too large for an index. */
export function isRefusedRow(error: unknown): boolean {
  return /^(22|23|54)/.test(stateOf(error) ?? '')
}

/** It stood in the way of another statement, and may be tried again: serialization failure or deadlock. */
export function isContention(error: unknown): boolean {
  return /^(40001|40P01)$/.test(stateOf(error) ?? '')
}

/** Wrong password, account or database, or no right to it: nothing that waiting mends. */
export function isRefusedAccess(error: unknown): boolean {
  return /^(28|3D000|42501)/.test(stateOf(error) ?? '')
}

/** Two sessions made the same thing at once, and this one lost. */
export function isMadeByAnother(error: unknown): boolean {
  return /^(23505|42P06|42P07|42710|42723)$/.test(stateOf(error) ?? '')
}
