import { type TestServer, testMariadb, testPostgres } from '@assent/testkit/servers'
import * as mariadbDriver from 'mariadb'
import pgDriver from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { gate } from '../../test/accounts.ts'
import type { Barrier } from '../barrier/barrier.ts'
import { sqlBarrier } from '../barrier/sql/barrier.ts'
import { mariadb } from '../databases/mariadb.ts'
import { pg } from '../databases/pg.ts'
import { answerQuery, MessageAborted, runLocalPart } from './message.ts'

/** A server's database as two processes see it: the one that sends, and the one that is asked. */
interface Bench {
  sending: Barrier<unknown>
  asked: Barrier<unknown>
  write(database: unknown, order: string): Promise<void>
  orders(): Promise<string[]>
  close(): Promise<void>
}

const TABLE = `message_barrier_${process.pid}`
const ORDERS = `message_orders_${process.pid}`
const CREATE = `CREATE TABLE ${ORDERS} (id VARCHAR(64) PRIMARY KEY)`

async function onPostgres(url: string): Promise<Bench> {
  const pools = [1, 2].map(() => new pgDriver.Pool({ connectionString: url, max: 3 }))
  const [sending, asked] = pools.map((pool) => sqlBarrier(pg(pool), { table: TABLE }))
  const [pool] = pools
  await pool!.query(CREATE)
  return {
    sending: sending as Barrier<unknown>,
    asked: asked as Barrier<unknown>,
    async write(client, order) {
      await (client as pgDriver.PoolClient).query(`INSERT INTO ${ORDERS} VALUES ($1)`, [order])
    },
    orders: async () => (await pool!.query(`SELECT id FROM ${ORDERS} ORDER BY id`)).rows.map(({ id }) => id),
    async close() {
      await pool!.query(`DROP TABLE ${ORDERS}; DROP TABLE IF EXISTS ${TABLE}`)
      for (const each of pools) await each.end()
    },
  }
}

async function onMariadb(url: string): Promise<Bench> {
  const admin = await mariadbDriver.createConnection(url.replace(/^mysql:/, 'mariadb:'))
  await admin.query(`CREATE DATABASE IF NOT EXISTS ${TABLE}`)
  const { hostname: host, port, username: user, password } = new URL(url)
  const pools = [1, 2].map(() =>
    mariadbDriver.createPool({
      host,
      port: Number(port),
      user,
      password,
      database: TABLE,
      connectionLimit: 3,
    }),
  )
  const [sending, asked] = pools.map((pool) => sqlBarrier(mariadb(pool), { table: TABLE }))
  const [pool] = pools
  await pool!.query(CREATE)
  return {
    sending: sending as Barrier<unknown>,
    asked: asked as Barrier<unknown>,
    async write(connection, order) {
      await (connection as mariadbDriver.PoolConnection).query(`INSERT INTO ${ORDERS} VALUES (?)`, [order])
    },
    orders: async () =>
      (await pool!.query<{ id: string }[]>(`SELECT id FROM ${ORDERS} ORDER BY id`)).map(({ id }) => id),
    async close() {
      for (const each of pools) await each.end()
      await admin.query(`DROP DATABASE ${TABLE}`)
      await admin.end()
    },
  }
}

const DATABASES = [
  ['PostgreSQL', testPostgres, onPostgres],
  ['MariaDB', testMariadb, onMariadb],
] as const

describe.each(DATABASES)('a message whose local part is in %s', (_name, serve, open) => {
  let server: TestServer
  let bench: Bench
  beforeAll(async () => {
    server = await serve()
    bench = await open(server.url)
  })
  afterAll(async () => {
    await bench?.close()
    await server?.close()
  })
  let last = 0
  let gid: string
  afterEach(() => {
    last += 1
  })
  const newGid = (): string => {
    gid = `order-${last}`
    return gid
  }
  const place = (work: () => Promise<void> = async () => {}) =>
    runLocalPart(bench.sending, gid, async (database: unknown) => {
      await bench.write(database, gid)
      await work()
      return { placed: gid }
    })
  const isPlaced = async () => (await bench.orders()).includes(gid)

  it('is sent where that was committed, and says so to every query', async () => {
    newGid()
    expect(await place()).toMatchObject({ case: 'executed', result: { placed: gid } })
    expect(await answerQuery(bench.asked, gid)).toMatchObject({ outcome: 'done' })
    expect(await place()).toMatchObject({ case: 'duplicate', result: { placed: gid } })
  })

  it('is given up for good where the query comes first', async () => {
    newGid()
    expect(await answerQuery(bench.asked, gid)).toMatchObject({ outcome: 'refused' })
    await expect(place()).rejects.toBeInstanceOf(MessageAborted)
    expect(await answerQuery(bench.asked, gid)).toMatchObject({ outcome: 'refused' })
    expect(await isPlaced()).toBe(false)
  })

  it.each(['commits', 'rolls back'])(
    'is not decided before that %s, however often it is asked',
    async (end) => {
      newGid()
      const [amid, over] = [gate(), gate()]
      const placing = place(async () => {
        amid.open()
        await over.passed
        if (end === 'rolls back') throw new Error('out of paper')
      })
      placing.catch(() => {})
      await amid.passed
      // More than there are connections: they wait on one.
      const answers = Array.from({ length: 10 }, () => answerQuery(bench.asked, gid))
      let isAnswered = false
      void Promise.race(answers).then(() => {
        isAnswered = true
      })
      expect(await answerQuery(bench.asked, `beside-${gid}`)).toMatchObject({ outcome: 'refused' })
      expect(isAnswered).toBe(false)
      over.open()
      const outcome = end === 'commits' ? 'done' : 'refused'
      expect(new Set((await Promise.all(answers)).map((answer) => answer.outcome))).toEqual(
        new Set([outcome]),
      )
      expect(await isPlaced()).toBe(end === 'commits')
    },
  )

  it('comes to one end in every race', async () => {
    for (let round = 0; round < 20; round += 1) {
      gid = `race-${round}`
      const [placed, answer] = await Promise.all([
        place().then(
          () => 'done',
          () => 'refused',
        ),
        answerQuery(bench.asked, gid),
      ])
      expect(placed).toBe(answer.outcome)
      expect(await isPlaced()).toBe(placed === 'done')
    }
  })
})
