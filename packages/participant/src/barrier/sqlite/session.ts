import { invalidRequest } from '@assent/contract'
import type { Row, Statement, StatementResult } from '../../databases/database.ts'
import { isInTransaction, type SqliteDatabase, type SqliteStatement } from './database.ts'

/** A way into a database transaction that is open on a SQLite connection. */
export interface SqliteSession {
  readonly dialect: 'sqlite'
  run(statement: Statement): Promise<StatementResult>
}

/**
 * The way into the transaction that somebody else has opened on a connection of node:sqlite or better-sqlite3, and will
 * end. Undefined for what is no such connection. Throws AssentError INVALID_REQUEST where no transaction is open on it.
 */
export function sqliteSessionOf(connection: unknown): SqliteSession | undefined {
  if (!isSqlite(connection)) return undefined
  if (isInTransaction(connection) === false) {
    const problem = 'is a connection without an open transaction: begin one, and commit it afterwards'
    throw invalidRequest([{ path: 'within', problem }])
  }
  return {
    dialect: 'sqlite',
    async run({ sql, values, answers }) {
      const statement = connection.prepare(sql)
      if (answers === 'count') return { rows: [], count: Number(statement.run(...values).changes) }
      const rows = statement.all(...values).map((row) => asObject(statement, row))
      return { rows, count: rows.length }
    },
  }
}

/** Told by what only they have: a pool, or another database's client, has a `query`. */
function isSqlite(connection: unknown): connection is SqliteDatabase {
  if (typeof connection !== 'object' || connection === null || 'query' in connection) return false
  const { exec, prepare } = connection as Partial<SqliteDatabase>
  return (
    typeof exec === 'function' &&
    typeof prepare === 'function' &&
    isInTransaction(connection as SqliteDatabase) !== undefined
  )
}

/** Some connections are opened to return arrays. */
function asObject(statement: SqliteStatement, row: unknown): Row {
  if (!Array.isArray(row)) return row as Row
  const { columns } = statement as SqliteStatement & { columns(): readonly { name: string }[] }
  return Object.fromEntries(columns.call(statement).map(({ name }, index) => [name, row[index]]))
}
