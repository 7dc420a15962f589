import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { type TestServer, testMariadb, testPostgres } from '@assent/testkit/servers'
import { createConnection } from 'mariadb'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Moment } from '../../test/dying-shop.ts'
import { openTransactionOf } from './within.ts'

const SHOP = fileURLToPath(new URL('../../test/dying-shop.ts', import.meta.url))
const GID = 'order-17'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-shop-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const servers: TestServer[] = []
let postgresUrl: string
let mysqlUrl: string
beforeAll(async () => {
  servers.push(await testPostgres(), await testMariadb())
  ;[postgresUrl = '', mysqlUrl = ''] = servers.map(({ url }) => url)
})
afterAll(async () => {
  for (const server of servers) await server.close()
})

let last = 0
const newName = (): string => {
  last += 1
  return `shop_${process.pid}_${last}`
}

/** The database of a shop, and how many orders are in it. */
interface Bench {
  database: string
  schema: string
  orders(): Promise<number>
  close(): Promise<void>
}

async function onSqlite(): Promise<Bench> {
  return {
    database: 'sqlite',
    schema: '-',
    orders: async () => {
      const file = new DatabaseSync(join(folder, 'assent.db'))
      const found = file.prepare('SELECT count(*) AS number FROM orders').get()
      file.close()
      return Number(found?.number)
    },
    close: async () => {},
  }
}

async function onPostgres(): Promise<Bench> {
  const schema = newName()
  const client = new Client({ connectionString: postgresUrl })
  await client.connect()
  await client.query(`CREATE TABLE ${schema}_orders (gid text NOT NULL)`)
  return {
    database: postgresUrl,
    schema,
    orders: async () => Number((await client.query(`SELECT count(*) FROM ${schema}_orders`)).rows[0].count),
    async close() {
      await client.query(`DROP TABLE ${schema}_orders; DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await client.end()
    },
  }
}

async function onMariadb(): Promise<Bench> {
  const name = newName()
  const connection = await createConnection(mysqlUrl.replace(/^mysql:/, 'mariadb:'))
  await connection.query(`CREATE DATABASE ${name}`)
  await connection.query(`CREATE TABLE ${name}.orders (gid VARCHAR(64) NOT NULL)`)
  return {
    database: Object.assign(new URL(mysqlUrl), { pathname: `/${name}` }).href,
    schema: '-',
    orders: async () =>
      Number((await connection.query(`SELECT COUNT(*) AS number FROM ${name}.orders`))[0].number),
    async close() {
      await connection.query(`DROP DATABASE ${name}`)
      await connection.end()
    },
  }
}

/** What a shop says at its end, or the signal that killed it. */
function run({ database, schema }: Bench, moment: Moment): unknown {
  const ran = spawnSync(process.execPath, [SHOP, folder, database, schema, GID, moment], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  if (ran.signal === null && ran.status !== 0) throw new Error(ran.stderr)
  return ran.signal ?? JSON.parse(ran.stdout)
}

function parcels(): number {
  const database = new DatabaseSync(join(folder, 'parcels.db'))
  const found = database.prepare('SELECT count(*) AS number FROM parcels').get()
  database.close()
  return Number(found?.number)
}

describe.each([
  ['SQLite', onSqlite],
  ['PostgreSQL', onPostgres],
  ['MariaDB', onMariadb],
])('a shop that keeps its orders beside the store in %s and is killed', (_name, open) => {
  let bench: Bench
  beforeEach(async () => {
    bench = await open()
  })
  afterEach(() => bench.close())

  it('before its commit has neither the order nor the transaction, and takes the same order again', async () => {
    expect(run(bench, 'amid')).toBe('SIGKILL')
    expect(run(bench, 'recover')).toBe('TRANSACTION_NOT_FOUND')
    expect([await bench.orders(), parcels()]).toEqual([0, 0])
    expect(run(bench, 'never')).toBe('COMMITTED')
    expect([await bench.orders(), parcels()]).toEqual([1, 1])
  })

  it('behind its commit has both, and the next one drives it to its end', async () => {
    expect(run(bench, 'committed')).toBe('SIGKILL')
    expect(run(bench, 'recover')).toBe('COMMITTED')
    expect([await bench.orders(), parcels()]).toEqual([1, 1])
  })
})

describe('what is no open transaction', () => {
  it.each([
    ['undefined', undefined],
    ['a connection without one', new DatabaseSync(':memory:')],
    ['something else', { begin: () => {} }],
  ])('such as %s is refused', (_what, transaction) => {
    expect(() => openTransactionOf(transaction)).toThrow('within is')
  })

  it('such as a client of PostgreSQL that did not begin one is refused', async () => {
    const client = new Client({ connectionString: postgresUrl })
    await client.connect()
    try {
      await client.query('SELECT 1')
      expect(() => openTransactionOf(client)).toThrow('without an open transaction')
      await client.query('BEGIN')
      expect(openTransactionOf(client).dialect).toBe('postgres')
    } finally {
      await client.end()
    }
  })
})
