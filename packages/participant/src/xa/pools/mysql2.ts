import { mysqlSession } from '../../databases/mysql-connection.ts'
import { type Mysql2Pool, type Mysql2PoolConnection, mysql2, queryOn } from '../../databases/mysql2.ts'
import type { XaPool } from './pool.ts'

/** A pool of `mysql2/promise`. */
export function mysql2Pool<Connection extends Mysql2PoolConnection>(
  pool: Mysql2Pool<Connection>,
): XaPool<Connection> {
  return {
    database: mysql2(pool),
    take: async () => {
      const connection = await pool.getConnection()
      return {
        connection,
        session: mysqlSession({ query: queryOn(connection) }),
        release: (isSound) => (isSound ? connection.release() : connection.destroy()),
      }
    },
  }
}
