import { transactByConnection } from './by-connection.ts'
import type { Database, Session, Value } from './database.ts'
import { type MysqlConnection, type MysqlOptions, MysqlServer, mysqlSession } from './mysql-connection.ts'

/** What is needed of a connection of `mysql2/promise`. */
export interface Mysql2Connection {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's overloads fit nothing narrower
  query(options: any, values?: any): Promise<[any, any]>
}

export interface Mysql2PoolConnection extends Mysql2Connection {
  release(): void
  destroy(): void
}

/** What is needed of a pool of `mysql2/promise`. */
export interface Mysql2Pool<Connection extends Mysql2PoolConnection> {
  getConnection(): Promise<Connection>
}

/**
 * A database through a pool of `mysql2/promise`; the business function gets its `PoolConnection`.
 *
 *     const barrier = sqlBarrier(mysql2(createPool(url)))
 *
 * MariaDB is sent BEGIN with the barrier's first statement and COMMIT with its last: no round trip is added.
 */
export function mysql2<Connection extends Mysql2PoolConnection>(
  pool: Mysql2Pool<Connection>,
  options: MysqlOptions = {},
): Database<Connection> {
  const server = new MysqlServer(options)
  const take = async () => {
    const connection = await pool.getConnection()
    return server.taken(connection, {
      query: queryOn(connection),
      release: (isSound) => (isSound ? connection.release() : connection.destroy()),
    })
  }
  return { dialect: 'mysql', transact: (plan) => transactByConnection(take, plan) }
}

export function queryOn(connection: Mysql2Connection): MysqlConnection['query'] {
  return async (sql: string, values: readonly Value[]) => {
    // As objects, however the pool was made.
    const [result] = await connection.query({
      sql,
      values: [...values],
      rowsAsArray: false,
      nestTables: false,
    })
    return result
  }
}

/** A connection of `mysql2/promise`, by its shape. */
export function mysql2Session(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'object' || transaction === null) return undefined
  const { query, execute, unprepare, beginTransaction } = transaction as Record<string, unknown>
  // A pool begins no transaction.
  const isConnection = [query, execute, unprepare, beginTransaction].every(
    (each) => typeof each === 'function',
  )
  return isConnection ? mysqlSession({ query: queryOn(transaction as Mysql2Connection) }) : undefined
}
