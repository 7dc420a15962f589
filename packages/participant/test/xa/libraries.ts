import * as mariadbDriver from 'mariadb'
import mysql2Driver from 'mysql2/promise'
import pgDriver from 'pg'
import type { Dialect } from '../../src/databases/database.ts'
import { xaMariadb, xaMysql2, xaPg } from '../../src/xa/resource.ts'
import type { XaOptions, XaResource } from '../../src/xa/xa.ts'
import { mysqlAddress } from '../sql/database.ts'

/** Told each statement before it is sent and after it was answered; the next step waits for it. */
export type Watch = (sql: string, when: 'before' | 'after') => Promise<void>

/** A driver that mode xa is tried with. */
export interface XaLibrary<Connection> {
  name: string
  dialect: Dialect
  open(url: string, options: XaOptions, watch?: Watch): XaProcess<Connection>
}

/** One process of a service. */
export interface XaProcess<Connection> {
  resource: XaResource<Connection>
  run(connection: Connection, sql: string): Promise<unknown>
  /** Outside of any call. */
  define(sql: string): Promise<unknown>
  close(): Promise<unknown>
}

/** Enough that attempts meet. */
const CONNECTIONS_MAX = 6

interface Queried {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the driver's query takes and answers
  query: any
}

/** Lets `watch`, if there is one, see what goes through a connection. */
function watched<Connection extends Queried>(connection: Connection, watch: Watch | undefined): Connection {
  // A connection comes back from the pool with what was put onto it.
  if (watch === undefined || Object.hasOwn(connection, 'query')) return connection
  return Object.assign(connection, { query: watching(connection.query.bind(connection), watch) })
}

function watching(query: Queried['query'], watch: Watch) {
  return async (text: string | { sql: string }, ...more: unknown[]) => {
    const sql = typeof text === 'string' ? text : text.sql
    await watch(sql, 'before')
    const result = await query(text, ...more)
    await watch(sql, 'after')
    return result
  }
}

export const XA_PG: XaLibrary<pgDriver.PoolClient> = {
  name: 'pg',
  dialect: 'postgres',
  open: (url, options, watch) => {
    const pool = new pgDriver.Pool({ connectionString: url, max: CONNECTIONS_MAX })
    pool.on('error', () => {})
    const connect = async () => watched(await pool.connect(), watch)
    return {
      resource: xaPg({ connect }, options),
      run: (client, sql) => client.query(sql),
      define: (sql) => pool.query(sql),
      close: () => pool.end(),
    }
  },
}

export const XA_MYSQL2: XaLibrary<mysql2Driver.PoolConnection> = {
  name: 'mysql2',
  dialect: 'mysql',
  open: (url, options, watch) => {
    const pool = mysql2Driver.createPool({ ...mysqlAddress(url), connectionLimit: CONNECTIONS_MAX })
    const getConnection = async () => watched(await pool.getConnection(), watch)
    return {
      resource: xaMysql2({ getConnection }, options),
      run: (connection, sql) => connection.query(sql),
      define: (sql) => pool.query(sql),
      close: () => pool.end(),
    }
  },
}

export const XA_MARIADB: XaLibrary<mariadbDriver.PoolConnection> = {
  name: 'mariadb',
  dialect: 'mysql',
  open: (url, options, watch) => {
    const pool = mariadbDriver.createPool({ ...mysqlAddress(url), connectionLimit: CONNECTIONS_MAX })
    const getConnection = async () => watched(await pool.getConnection(), watch)
    return {
      resource: xaMariadb({ getConnection }, options),
      run: (connection, sql) => connection.query(sql),
      define: (sql) => pool.query(sql),
      close: () => pool.end(),
    }
  },
}

export const XA_LIBRARIES = [XA_PG, XA_MYSQL2, XA_MARIADB] as const
