/** A value as it is bound and read here. */
export type SqliteValue = string | number | bigint | Uint8Array | null

export interface SqliteStatement {
  run(...values: SqliteValue[]): { changes: number | bigint }
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
}

/**
 * What the barrier needs of a SQLite connection. `DatabaseSync` of node:sqlite fits, and so does the
 * `Database` of better-sqlite3; no driver is imported.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  /** Whether a transaction is open, as node:sqlite calls it. */
  readonly isTransaction?: boolean
  /** The same, as better-sqlite3 calls it. */
  readonly inTransaction?: boolean
}

/** True, false, or undefined where the driver doesn't say. */
export function isInTransaction(database: SqliteDatabase): boolean | undefined {
  return database.isTransaction ?? database.inTransaction
}

const SQLITE_BUSY = 5
/** SQLite's extended codes carry the plain one in their lowest byte. */
const PLAIN_CODE = 0xff

/** Whether another connection holds the lock, so that it helps to start again. */
export function isBusy(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false
  if ('errcode' in thrown && typeof thrown.errcode === 'number') {
    return (thrown.errcode & PLAIN_CODE) === SQLITE_BUSY
  }
  return 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('SQLITE_BUSY')
}

/** The columns of a row in the order asked for, also from a connection that was opened to return arrays. */
export function columnsOf(row: unknown, names: readonly string[]): unknown[] {
  if (Array.isArray(row)) return row
  const columns = row as Record<string, unknown>
  return names.map((name) => columns[name])
}
