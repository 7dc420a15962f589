import { transactByConnection } from './by-connection.ts'
import type { Database, Session, Value } from './database.ts'
import { type MysqlConnection, type MysqlOptions, MysqlServer, mysqlSession } from './mysql-connection.ts'

/** What is needed of a connection of `mariadb`. */
export interface MariadbConnection {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's overloads fit nothing narrower
  query(options: any, values?: any): Promise<any>
}

export interface MariadbPoolConnection extends MariadbConnection {
  release(): Promise<void>
  destroy(): void
}

/** What is needed of a pool of `mariadb`. */
export interface MariadbPool<Connection extends MariadbPoolConnection> {
  getConnection(): Promise<Connection>
}

/**
 * A database through a pool of `mariadb`; the business function gets its `PoolConnection`.
 *
 *     const barrier = sqlBarrier(mariadb(createPool(url)))
 *
 * MariaDB is sent BEGIN with the barrier's first statement and COMMIT with its last: no round trip is added.
 */
export function mariadb<Connection extends MariadbPoolConnection>(
  pool: MariadbPool<Connection>,
  options: MysqlOptions = {},
): Database<Connection> {
  const server = new MysqlServer(options)
  const take = async () => {
    const connection = await pool.getConnection()
    return server.taken(connection, {
      query: queryOn(connection),
      release: (isSound) => {
        if (isSound) connection.release().catch(() => {})
        else connection.destroy()
      },
    })
  }
  return { dialect: 'mysql', transact: (plan) => transactByConnection(take, plan) }
}

/** As objects, and by question marks, however the pool was made. */
const PLAIN = { rowsAsArray: false, metaAsArray: false, nestTables: false, namedPlaceholders: false }

export function queryOn(connection: MariadbConnection): MysqlConnection['query'] {
  return (sql: string, values: readonly Value[]) => connection.query({ ...PLAIN, sql }, [...values])
}

/** A connection of `mariadb`, by its shape. */
export function mariadbSession(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'object' || transaction === null) return undefined
  const { query, batch, importFile, beginTransaction } = transaction as Record<string, unknown>
  // A pool begins no transaction.
  const isConnection = [query, batch, importFile, beginTransaction].every(
    (each) => typeof each === 'function',
  )
  return isConnection ? mysqlSession({ query: queryOn(transaction as MariadbConnection) }) : undefined
}
