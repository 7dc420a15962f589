import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { type TestServer, testPostgres } from '@assent/testkit/servers'
import { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Moment } from '../../test/dying-sender.ts'

const SENDER = fileURLToPath(new URL('../../test/dying-sender.ts', import.meta.url))
const GID = 'order-17'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-message-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What a sender says at its end, or the signal that killed it. */
function run(database: string, moment: Moment): unknown {
  const ran = spawnSync(process.execPath, [SENDER, folder, database, GID, moment], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  if (ran.signal === null && ran.status !== 0) throw new Error(ran.stderr)
  return ran.signal ?? JSON.parse(ran.stdout)
}

function received(): number {
  const database = new DatabaseSync(join(folder, 'receiver.db'))
  try {
    return Number(database.prepare('SELECT count(*) AS number FROM received').get()?.number)
  } finally {
    database.close()
  }
}

let server: TestServer
let pool: Pool
beforeAll(async () => {
  server = await testPostgres()
  pool = new Pool({ connectionString: server.url, max: 1 })
})
afterAll(async () => {
  await pool.end()
  await server.close()
})

/** Where each test has its own orders, and how many there are. */
const DATABASES = [
  [
    'SQLite',
    async () => ({
      database: 'sqlite',
      orders: async () => {
        const file = new DatabaseSync(join(folder, 'orders.db'))
        const found = file.prepare('SELECT count(*) AS number FROM orders').get()
        file.close()
        return Number(found?.number)
      },
      close: async () => {},
    }),
  ],
  [
    'PostgreSQL',
    async () => {
      const name = `message_crash_${process.pid}_${performance.now().toFixed().padStart(9, '0')}`
      await pool.query(`CREATE SCHEMA ${name} CREATE TABLE orders (gid text NOT NULL)`)
      const url = new URL(server.url)
      url.searchParams.set('options', `-c search_path=${name}`)
      return {
        database: url.href,
        orders: async () => Number((await pool.query(`SELECT count(*) FROM ${name}.orders`)).rows[0].count),
        close: async () => void (await pool.query(`DROP SCHEMA ${name} CASCADE`)),
      }
    },
  ],
] as const

describe.each(DATABASES)('a service with its orders in %s', (_name, open) => {
  let bench: Awaited<ReturnType<typeof open>>
  beforeEach(async () => {
    bench = await open()
  })
  afterEach(() => bench.close())

  it.each(['prepared', 'amid-local-part', 'asked-amid'] as const)(
    'that is killed with its message %s has done nothing, delivers nothing, and never will',
    async (moment) => {
      expect(run(bench.database, moment)).toBe('SIGKILL')
      expect(run(bench.database, 'recover')).toEqual({ status: 'ABORTED', late: 'MessageAborted' })
      expect(await bench.orders()).toBe(0)
      expect(received()).toBe(0)
    },
  )

  it('that is killed with its local part committed, before it submits, delivers the message, once', async () => {
    expect(run(bench.database, 'committed')).toBe('SIGKILL')
    expect(run(bench.database, 'recover')).toEqual({ status: 'COMMITTED', late: 'duplicate' })
    expect(await bench.orders()).toBe(1)
    expect(received()).toBe(1)
  })

  it('that is slow keeps the query waiting and is delivered all the same', async () => {
    expect(run(bench.database, 'slow')).toEqual({ status: 'COMMITTED', late: 'duplicate' })
    expect(await bench.orders()).toBe(1)
    expect(received()).toBe(1)
  })

  it('that is killed and sends the same again does it once in all', async () => {
    expect(run(bench.database, 'committed')).toBe('SIGKILL')
    expect(run(bench.database, 'never')).toEqual({ status: 'COMMITTED', late: 'duplicate' })
    expect(run(bench.database, 'never')).toEqual({ status: 'COMMITTED', late: 'duplicate' })
    expect(await bench.orders()).toBe(1)
    expect(received()).toBe(1)
  })
})
