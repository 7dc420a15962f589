import { type MariadbPool, type MariadbPoolConnection, mariadb, queryOn } from '../../databases/mariadb.ts'
import { mysqlSession } from '../../databases/mysql-connection.ts'
import type { XaPool } from './pool.ts'

/** A pool of `mariadb`. */
export function mariadbPool<Connection extends MariadbPoolConnection>(
  pool: MariadbPool<Connection>,
): XaPool<Connection> {
  return {
    database: mariadb(pool),
    take: async () => {
      const connection = await pool.getConnection()
      return {
        connection,
        session: mysqlSession({ query: queryOn(connection) }),
        release: (isSound) => {
          if (isSound) connection.release().catch(() => {})
          else connection.destroy()
        },
      }
    },
  }
}
