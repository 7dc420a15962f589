import * as mariadbDriver from 'mariadb'
import mysql2Driver from 'mysql2/promise'
import pgDriver from 'pg'
import postgresDriver from 'postgres'
import { mariadb } from '../../src/databases/mariadb.ts'
import type { MysqlOptions } from '../../src/databases/mysql-connection.ts'
import { mysql2 } from '../../src/databases/mysql2.ts'
import { pg } from '../../src/databases/pg.ts'
import { postgresJs } from '../../src/databases/postgres-js.ts'
import { mysqlAddress } from './database.ts'
import type { Library } from './library.ts'

export const PG: Library<pgDriver.PoolClient> = {
  name: 'pg',
  dialect: 'postgres',
  open: (url, max) => {
    const pool = new pgDriver.Pool({ connectionString: url, max })
    // A session that the server ends while it rests.
    pool.on('error', () => {})
    return {
      database: pg(pool),
      leave: (client, what) => client.query('INSERT INTO effects (what) VALUES ($1)', [what]),
      bare: async (work) => {
        const client = await pool.connect()
        await client.query('BEGIN')
        await work(client)
        await client.query('COMMIT')
        client.release()
      },
      close: () => pool.end(),
    }
  },
}

export const POSTGRES_JS: Library<postgresDriver.TransactionSql> = {
  name: 'postgres.js',
  dialect: 'postgres',
  open: (url, max) => {
    const sql = postgresDriver(url, { max, onnotice: () => {} })
    return {
      database: postgresJs(sql),
      leave: (transaction, what) => transaction`INSERT INTO effects (what) VALUES (${what})`,
      bare: async (work) => void (await sql.begin(work)),
      close: () => sql.end(),
    }
  },
}

export const MYSQL2: Library<mysql2Driver.PoolConnection> = mysql2Library('mysql2')
/** As against MySQL, which has no compound statements. */
export const MYSQL2_ONE_BY_ONE = mysql2Library('mysql2, one statement at a time', { isJoined: false })

function mysql2Library(name: string, options?: MysqlOptions): Library<mysql2Driver.PoolConnection> {
  return {
    name,
    dialect: 'mysql',
    open: (url, connectionLimit) => {
      const pool = mysql2Driver.createPool({ ...mysqlAddress(url), connectionLimit })
      return {
        database: mysql2(pool, options),
        leave: (connection, what) => connection.execute('INSERT INTO effects (what) VALUES (?)', [what]),
        bare: async (work) => {
          const connection = await pool.getConnection()
          await connection.beginTransaction()
          await work(connection)
          await connection.commit()
          connection.release()
        },
        close: () => pool.end(),
      }
    },
  }
}

export const MARIADB: Library<mariadbDriver.PoolConnection> = mariadbLibrary('mariadb')
export const MARIADB_ONE_BY_ONE = mariadbLibrary('mariadb, one statement at a time', { isJoined: false })

function mariadbLibrary(name: string, options?: MysqlOptions): Library<mariadbDriver.PoolConnection> {
  return {
    name,
    dialect: 'mysql',
    open: (url, connectionLimit) => {
      const pool = mariadbDriver.createPool({ ...mysqlAddress(url), connectionLimit })
      return {
        database: mariadb(pool, options),
        leave: (connection, what) => connection.query('INSERT INTO effects (what) VALUES (?)', [what]),
        bare: async (work) => {
          const connection = await pool.getConnection()
          await connection.beginTransaction()
          await work(connection)
          await connection.commit()
          await connection.release()
        },
        close: () => pool.end(),
      }
    },
  }
}

/** Each driver, as it is used best. */
export const DRIVERS = [PG, POSTGRES_JS, MYSQL2, MARIADB] as const
