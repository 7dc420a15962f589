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
  const run = dialect === 'postgres' ? runOnPostgres : runOnMysql
  await run(server.url, `CREATE DATABASE ${name}`)
  await run(url, EFFECTS[dialect])
  return {
    dialect,
    url,
    run: (...statements) => run(url, ...statements),
    drop: async () => {
      await run(server.url, `DROP DATABASE ${name}${dialect === 'postgres' ? ' WITH (FORCE)' : ''}`)
      await server.close()
    },
  }
}

async function runOnPostgres(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

async function runOnMysql(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const connection = await mariadb.createConnection(mysqlAddress(url))
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = await connection.query(statement)
    return rows
  } finally {
    await connection.end()
  }
}

/** A URL as the drivers' options. */
export function mysqlAddress(url: string) {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  return { host, port: Number(port), user, password, database: pathname.slice(1) }
}
