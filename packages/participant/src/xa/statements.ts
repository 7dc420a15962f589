import type { Statement } from '../databases/database.ts'

/** A statement of which no rows are wanted. */
export function command(sql: string): Statement {
  return { sql, values: [], answers: 'count' }
}

/** The SQLSTATE or the number of a driver's error; undefined where it has none. */
export function errorCode(thrown: unknown): string | number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  const { errno, code } = thrown as { errno?: unknown; code?: unknown }
  if (typeof errno === 'number') return errno
  return typeof code === 'string' ? code : undefined
}
