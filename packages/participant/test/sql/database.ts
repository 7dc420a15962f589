import { testMariadb, testPostgres } from '@assent/testkit/servers'
import * as mariadb from 'mariadb'
import pg from 'pg'
import type { Dialect } from '../../src/databases/database.ts'

/** A database of its own, with a table in which effects leave their line. */
export interface TestDatabase {
  dialect: Dialect
  url: string
  /** Runs statements one after another, as somebody else than the service, and answers the last one's rows. */
  run(...statements: string[]): Promise<Record<string, unknown>[]>
  drop(): Promise<void>
}

const EFFECTS = {
  postgres: 'CREATE TABLE effects (number serial PRIMARY KEY, what text NOT NULL)',
  mysql: 'CREATE TABLE effects (number integer AUTO_INCREMENT PRIMARY KEY, what varchar(200) NOT NULL)',
}

let made = 0

export async function newDatabase(dialect: Dialect): Promise<TestDatabase> {
  const server = await (dialect === 'postgres' ? testPostgres() : testMariadb())
  made += 1
  const name = `assent_barrier_${process.pid}_${made}`
  const url = Object.assign(new URL(server.url), { pathname: `/${name}` }).href
  const connect = dialect === 'postgres' ? connectToPostgres : connectToMysql
  const owner = await connect(server.url)
  await owner.run(`CREATE DATABASE ${name}`)
  const stranger = await connect(url)
  await stranger.run(EFFECTS[dialect])
  return {
    dialect,
    url,
    run: async (...statements) => {
      let rows: Record<string, unknown>[] = []
      for (const statement of statements) rows = await stranger.run(statement)
      return rows
    },
    drop: async () => {
      await stranger.end()
      await owner.run(`DROP DATABASE ${name}${dialect === 'postgres' ? ' WITH (FORCE)' : ''}`)
      await owner.end()
      await server.close()
    },
  }
}

interface Connection {
  run(statement: string): Promise<Record<string, unknown>[]>
  end(): Promise<void>
}

async function connectToPostgres(url: string): Promise<Connection> {
  const client = new pg.Client(url).on('error', () => {})
  await client.connect()
  return { run: async (statement) => (await client.query(statement)).rows, end: () => client.end() }
}

async function connectToMysql(url: string): Promise<Connection> {
  const connection = await mariadb.createConnection(mysqlAddress(url))
  return { run: (statement) => connection.query(statement), end: () => connection.end() }
}

/** A URL as the drivers' options. */
export function mysqlAddress(url: string) {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  return { host, port: Number(port), user, password, database: pathname.slice(1) }
}
