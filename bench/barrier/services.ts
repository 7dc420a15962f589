/** The same business on each driver: once as its own pages show a transaction, and once behind the barrier. */
import {
  type Barrier,
  type Call,
  type Database,
  mariadb,
  mysql2,
  pg,
  postgresJs,
  sqlBarrier,
} from 'assent/participant'
import * as mariadbDriver from 'mariadb'
import mysql2Driver from 'mysql2/promise'
import pgDriver from 'pg'
import postgresDriver from 'postgres'

export const ACCOUNTS = 1_000
/** As many as callers at once. */
export const CONNECTIONS = 16

/** A service on one database. */
export interface Service extends AsyncDisposable {
  /** Moves a cent of an account, in a transaction of its own. */
  bare(account: number): Promise<unknown>
  behindBarrier(account: number): Promise<unknown>
}

/** What is known of a driver. */
interface Driver<Transaction> {
  database: Database<Transaction>
  /** In a transaction. */
  transact(work: (transaction: Transaction) => Promise<unknown>): Promise<unknown>
  run(transaction: Transaction, sql: string, values: readonly unknown[]): Promise<unknown>
  close(): Promise<unknown>
}

export const SERVICES = {
  pg: (url: string) => service(onPg(url), ['$1', '$2']),
  'postgres.js': (url: string) => service(onPostgresJs(url), ['$1', '$2']),
  mysql2: (url: string) => service(onMysql2(url), ['?', '?']),
  mariadb: (url: string) => service(onMariadb(url), ['?', '?']),
} as const satisfies Record<string, (url: string) => Promise<Service>>

const TABLES = [
  'CREATE TABLE IF NOT EXISTS accounts (id integer PRIMARY KEY, cents bigint NOT NULL)',
  'CREATE TABLE IF NOT EXISTS ledger (account integer NOT NULL, cents bigint NOT NULL)',
]

async function service<Transaction>(
  driver: Driver<Transaction>,
  [first, second]: readonly [string, string],
): Promise<Service> {
  const { database, transact, run, close } = driver
  const barrier: Barrier<Transaction> = sqlBarrier(database)
  const rows = Array.from({ length: ACCOUNTS }, (_, id) => `(${id}, 0)`).join(', ')
  await transact(async (transaction) => {
    for (const table of TABLES) await run(transaction, table, [])
    await run(transaction, 'DELETE FROM accounts', [])
    await run(transaction, `INSERT INTO accounts VALUES ${rows}`, [])
  })
  const business = async (transaction: Transaction, account: number) => {
    await run(transaction, `UPDATE accounts SET cents = cents - ${first} WHERE id = ${second}`, [1, account])
    await run(transaction, `INSERT INTO ledger VALUES (${first}, ${second})`, [account, -1])
    return { account, cents: -1 }
  }
  return {
    bare: (account) => transact((transaction) => business(transaction, account)),
    behindBarrier: (account) => barrier.run(callOf(), (transaction) => business(transaction, account)),
    [Symbol.asyncDispose]: async () => void (await close()),
  }
}

let calls = 0
const run = Date.now().toString(36)

/** A call that was never made before; gids come in no order, as those that clients choose. */
function callOf(): Call {
  calls += 1
  const scattered = Math.imul(calls, 0x9e37_79b1) >>> 0
  return { gid: `${scattered.toString(36)}-${run}-${calls}`, branchId: '01', op: 'action', mode: 'saga' }
}

function onPg(connectionString: string): Driver<pgDriver.PoolClient> {
  const pool = new pgDriver.Pool({ connectionString, max: CONNECTIONS })
  return {
    database: pg(pool),
    transact: async (work) => {
      const client = await pool.connect()
      await client.query('BEGIN')
      const result = await work(client)
      await client.query('COMMIT')
      client.release()
      return result
    },
    run: (client, sql, values) => client.query(sql, [...values]),
    close: () => pool.end(),
  }
}

function onPostgresJs(url: string): Driver<postgresDriver.TransactionSql> {
  const sql = postgresDriver(url, { max: CONNECTIONS, onnotice: () => {} })
  return {
    database: postgresJs(sql),
    transact: (work) => sql.begin(work),
    run: (transaction, text, values) => transaction.unsafe(text, [...values] as number[], { prepare: true }),
    close: () => sql.end(),
  }
}

function onMysql2(uri: string): Driver<mysql2Driver.PoolConnection> {
  const pool = mysql2Driver.createPool({ uri, connectionLimit: CONNECTIONS })
  return {
    database: mysql2(pool),
    transact: async (work) => {
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      const result = await work(connection)
      await connection.commit()
      connection.release()
      return result
    },
    run: (connection, sql, values) => connection.query(sql, [...values]),
    close: () => pool.end(),
  }
}

function onMariadb(url: string): Driver<mariadbDriver.PoolConnection> {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  const database = pathname.slice(1)
  const pool = mariadbDriver.createPool({
    host,
    port: Number(port),
    user,
    password,
    database,
    connectionLimit: CONNECTIONS,
  })
  return {
    database: mariadb(pool),
    transact: async (work) => {
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      const result = await work(connection)
      await connection.commit()
      await connection.release()
      return result
    },
    run: (connection, sql, values) => connection.query(sql, [...values]),
    close: () => pool.end(),
  }
}
