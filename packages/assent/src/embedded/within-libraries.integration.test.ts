import { type OpenCoordinator, openCoordinator, systemClock } from '@assent/coordinator'
import { mysql } from '@assent/store/mysql'
import { postgres } from '@assent/store/postgres'
import { type TestServer, testMariadb, testPostgres } from '@assent/testkit/servers'
import { local } from '@assent/transport/local'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { Kysely, MysqlDialect, PostgresDialect } from 'kysely'
import * as mariadbDriver from 'mariadb'
import { createPool } from 'mysql2'
import mysql2Driver from 'mysql2/promise'
import pgDriver from 'pg'
import postgresJs from 'postgres'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// A client that nobody had to generate.
import { clientOf, type TransactionClient } from '../../../participant/test/sql/prisma.ts'
import { openTransactionOf } from './within.ts'

const NAME = `within_libraries_${process.pid}`
const WAIT_MS = 20_000

/** Begins a database transaction as its library does, and ends it with a commit, or as `work` throws. */
type Library = (url: string, work: (transaction: unknown) => Promise<unknown>) => Promise<unknown>

const POSTGRES: Readonly<Record<string, Library>> = {
  async pg(connectionString, work) {
    const client = new pgDriver.Client({ connectionString })
    await client.connect()
    await client.query('BEGIN')
    try {
      await work(client)
      await client.query('COMMIT')
    } finally {
      await client.end()
    }
  },
  async 'postgres.js'(url, work) {
    const sql = postgresJs(url, { max: 1 })
    await sql.begin((transaction) => work(transaction)).finally(() => sql.end())
  },
  async Kysely(connectionString, work) {
    const pool = new pgDriver.Pool({ connectionString, max: 1 })
    const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
    await db
      .transaction()
      .execute(work)
      .finally(() => db.destroy())
  },
  async Knex(connection, work) {
    const db = knex({ client: 'pg', connection })
    await db.transaction(work).finally(() => db.destroy())
  },
  async Drizzle(connectionString, work) {
    const pool = new pgDriver.Pool({ connectionString, max: 1 })
    await drizzlePostgres(pool)
      .transaction(work)
      .finally(() => pool.end())
  },
  async Prisma(connectionString, work) {
    const client = clientOf('postgresql', new PrismaPg({ connectionString, max: 1 }))
    await client
      .$transaction(async (transaction: TransactionClient) => work(transaction))
      .finally(() => client.$disconnect())
  },
  async TypeORM(url, work) {
    const source = await new DataSource({ type: 'postgres', url }).initialize()
    await source.transaction(work).finally(() => source.destroy())
  },
}

const MYSQL: Readonly<Record<string, Library>> = {
  async mysql2(url, work) {
    const connection = await mysql2Driver.createConnection(url)
    await connection.beginTransaction()
    try {
      await work(connection)
      await connection.commit()
    } finally {
      await connection.end()
    }
  },
  async mariadb(url, work) {
    const connection = await mariadbDriver.createConnection(url.replace(/^mysql:/, 'mariadb:'))
    await connection.beginTransaction()
    try {
      await work(connection)
      await connection.commit()
    } finally {
      await connection.end()
    }
  },
  async Kysely(url, work) {
    const db = new Kysely({ dialect: new MysqlDialect({ pool: createPool(url) }) })
    await db
      .transaction()
      .execute(work)
      .finally(() => db.destroy())
  },
  async Knex(connection, work) {
    const db = knex({ client: 'mysql2', connection })
    await db.transaction(work).finally(() => db.destroy())
  },
  async Drizzle(url, work) {
    const pool = mysql2Driver.createPool(url)
    await drizzleMysql(pool)
      .transaction(work)
      .finally(() => pool.end())
  },
  async Prisma(url, work) {
    const { hostname: host, port, username: user, password, pathname } = new URL(url)
    const address = { host, port: Number(port), user, password, database: pathname.slice(1) }
    const client = clientOf('mysql', new PrismaMariaDb({ ...address, connectionLimit: 1 }))
    await client
      .$transaction(async (transaction: TransactionClient) => work(transaction))
      .finally(() => client.$disconnect())
  },
  async TypeORM(url, work) {
    const source = await new DataSource({ type: 'mysql', url }).initialize()
    await source.transaction(work).finally(() => source.destroy())
  },
}

const servers: TestServer[] = []
afterAll(async () => {
  for (const server of servers) await server.close()
})

async function onPostgres() {
  const server = await testPostgres()
  servers.push(server)
  const remove = async (): Promise<void> => {
    const client = new pgDriver.Client({ connectionString: server.url })
    await client.connect()
    await client.query(`DROP SCHEMA ${NAME} CASCADE`)
    await client.end()
  }
  return { url: server.url, store: postgres({ url: server.url, schema: NAME }), remove }
}

async function onMariadb() {
  const server = await testMariadb()
  servers.push(server)
  const run = async (statement: string): Promise<void> => {
    const connection = await mariadbDriver.createConnection(server.url.replace(/^mysql:/, 'mariadb:'))
    await connection.query(statement)
    await connection.end()
  }
  await run(`CREATE DATABASE ${NAME}`)
  const url = Object.assign(new URL(server.url), { pathname: `/${NAME}` }).href
  return { url, store: mysql({ url }), remove: () => run(`DROP DATABASE ${NAME}`) }
}

describe.each([
  ['PostgreSQL', onPostgres, POSTGRES],
  ['MariaDB', onMariadb, MYSQL],
] as const)('starting within a transaction of %s', (_name, serve, libraries) => {
  let bench: Awaited<ReturnType<typeof serve>>
  let coordinator: OpenCoordinator
  beforeAll(async () => {
    bench = await serve()
    const functions = new Map([['greet', ({ body }: { body?: unknown }) => body as string]])
    const transports = [local(functions, { clock: systemClock })]
    coordinator = await openCoordinator({ store: bench.store, transports })
  })
  afterAll(async () => {
    await coordinator?.close()
    await bench?.remove()
  })

  /** Of every kind that a column holds, and what drivers and character sets are known to bend. */
  const PAYLOAD = { text: "größer 'quoted' \\ \u0000 😀 ? $1 %s", number: 2 ** 40, nothing: null }
  const requestOf = (gid: string) => ({
    gid,
    name: 'größer',
    labels: { library: 'größer', shop: '17' },
    payload: PAYLOAD,
    branches: [{ branchId: 'greeting', action: 'local:greet' }],
  })

  it.each(Object.entries(libraries))(
    'of %s is the same as starting, once it commits',
    async (name, library) => {
      const gid = `committed-${name.replace('.', '-')}`
      await library(bench.url, async (transaction) => {
        const within = openTransactionOf(transaction)
        expect(await coordinator.startWithin(requestOf(gid), within)).toMatchObject({ repeated: false })
        expect(await coordinator.startWithin(requestOf(gid), within)).toMatchObject({ repeated: true })
        const other = { ...requestOf(gid), payload: 'other' }
        await expect(coordinator.startWithin(other, within)).rejects.toMatchObject({ code: 'CONFLICT' })
        await expect(coordinator.get({ gid })).rejects.toMatchObject({ code: 'TRANSACTION_NOT_FOUND' })
      })
      const view = await coordinator.get({ gid, waitMs: WAIT_MS })
      expect(view).toMatchObject({ status: 'COMMITTED', name: 'größer', labels: { library: 'größer' } })
      expect(view.branches[0]?.result).toEqual(PAYLOAD)
      const listed = await coordinator.list({ label: { key: 'library', value: 'größer' }, gidPrefix: gid })
      expect(listed.transactions.map((transaction) => transaction.gid)).toEqual([gid])
    },
  )

  it.each(Object.entries(libraries))('of %s starts nothing when it rolls back', async (name, library) => {
    const gid = `rolled-back-${name.replace('.', '-')}`
    const rolledBack = library(bench.url, async (transaction) => {
      await coordinator.startWithin(requestOf(gid), openTransactionOf(transaction))
      throw new Error('out of paper')
    })
    await expect(rolledBack).rejects.toThrow('out of paper')
    expect(await coordinator.ended([gid])).toEqual({ ended: [], unknown: [gid] })
  })
})
