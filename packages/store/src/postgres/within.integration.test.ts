import type { OpenTransaction, Store, WithinAnswer } from '@assent/engine'
import { type TestServer, testPostgres } from '@assent/testkit/servers'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ofPostgres } from '../../test/open-transactions.ts'
import { type PostgresTool, postgresTool } from '../../test/postgres.ts'
import { endedWriteOf, LONG_AGO, writeOf } from '../../test/rows.ts'
import { postgres } from './store.ts'

const INCARNATION = 'one-life'
const WRITTEN: WithinAnswer = { outcome: 'written' }
const LEVELS = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE']

let server: TestServer
let tool: PostgresTool
beforeAll(async () => {
  server = await testPostgres()
  tool = postgresTool(server.url)
})
afterAll(async () => {
  await tool.close()
  await server.close()
})

let schema: string
let store: Store
let clients: pg.Client[]
beforeEach(async () => {
  clients = []
  schema = tool.newSchema()
  store = postgres({ url: server.url, schema })
  await store.open()
  await store.register(INCARNATION, 60_000)
})
afterEach(async () => {
  for (const client of clients) await client.end()
  await store.close()
})

/** A transaction of the application's, with what the application does in it besides. */
async function begin(level = 'READ COMMITTED', url = server.url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  clients.push(client)
  await client.query(`BEGIN ISOLATION LEVEL ${level}`)
  return { client, transaction: ofPostgres(client) }
}

const writeWithin = (transaction: OpenTransaction, row = writeOf(), incarnation = INCARNATION) =>
  store.writeWithin?.(transaction, row, incarnation)

describe.each(LEVELS)('a row that is written within a transaction at %s', (level) => {
  it('is there, labels and all, once that transaction commits, and not before', async () => {
    const { client, transaction } = await begin(level)
    const row = writeOf({
      labels: { tenant: 'a', 'U+0000': '\0' },
      name: 'größer\0',
      state: '{"text":"€\\u0000"}',
    })
    expect(await writeWithin(transaction, row)).toEqual(WRITTEN)
    expect(await store.read(['order-17'])).toEqual([undefined])
    await client.query('COMMIT')
    const { expect: _, ...columns } = row
    expect(await store.read(['order-17'])).toEqual([{ ...columns, version: 1 }])
    expect((await store.list({ label: { key: 'tenant', value: 'a' } })).rows).toHaveLength(1)
    const claim = { incarnation: INCARNATION, applications: [''], limit: 10, writeId: 'claim-1' }
    expect(await store.claim(claim)).toMatchObject([{ gid: 'order-17', version: 2 }])
  })

  it('is gone when that transaction rolls back', async () => {
    const { client, transaction } = await begin(level)
    await writeWithin(transaction, writeOf({ labels: { tenant: 'a' } }))
    await client.query('ROLLBACK')
    expect(await store.read(['order-17'])).toEqual([undefined])
    expect(await store.write([writeOf()])).toEqual([{ outcome: 'stored' }])
  })

  it('is not written where its gid is known, and the application may go on', async () => {
    await store.write([writeOf({ content: 'first' }), endedWriteOf({ gid: 'swept', content: 'gone' })])
    await store.sweep({ endedBefore: LONG_AGO + 1, tombstonesBefore: 0, limit: 10 })
    const { client, transaction } = await begin(level)
    expect(await writeWithin(transaction)).toEqual({
      outcome: 'standing',
      content: 'first',
      status: 'SUBMITTED',
    })
    expect(await writeWithin(transaction, writeOf({ gid: 'swept' }))).toEqual({
      outcome: 'standing',
      content: 'gone',
      status: 'COMMITTED',
    })
    // Whoever drives it does not wait for the application.
    expect(await store.write([writeOf({ expect: 1, writeId: 'write-2' })])).toEqual([{ outcome: 'stored' }])
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await client.query('COMMIT')
    expect(await store.read(['swept'])).toEqual([undefined])
  })

  it('finds what the same transaction has written before', async () => {
    const { client, transaction } = await begin(level)
    await writeWithin(transaction)
    expect(await writeWithin(transaction)).toMatchObject({ outcome: 'standing', content: 'content' })
    await client.query('COMMIT')
  })
})

describe('two transactions that write the same gid', () => {
  it.each(['COMMIT', 'ROLLBACK'])('wait for each other, and the second finds what a %s left', async (end) => {
    const first = await begin()
    const second = await begin()
    await writeWithin(first.transaction, writeOf({ content: 'first' }))
    const answer = writeWithin(second.transaction, writeOf({ content: 'second' }))
    const waiting = `SELECT FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0`
    while ((await first.client.query(waiting)).rows.length === 0);
    await first.client.query(end)
    expect(await answer).toEqual(
      end === 'ROLLBACK' ? WRITTEN : { outcome: 'standing', content: 'first', status: 'SUBMITTED' },
    )
    await second.client.query('COMMIT')
    const [row] = await store.read(['order-17'])
    expect(row?.content).toBe(end === 'ROLLBACK' ? 'second' : 'first')
  })

  it('at REPEATABLE READ fail the one that can not see the other, so that it is begun again', async () => {
    const late = await begin('REPEATABLE READ')
    await late.client.query('SELECT 1')
    await store.write([writeOf({ content: 'first' })])
    await expect(writeWithin(late.transaction)).rejects.toMatchObject({ code: '40001' })
    await late.client.query('ROLLBACK')
  })
})

describe('a transaction of another database', () => {
  it('is refused where the schema is there too, and nothing is written', async () => {
    const other = postgres({ url: server.url, schema: tool.newSchema() })
    await other.open()
    await other.register('another-life', 60_000)
    const { client, transaction } = await begin()
    await expect(writeWithin(transaction, writeOf(), 'another-life')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ path: 'within' }],
    })
    await client.query('COMMIT')
    expect(await store.read(['order-17'])).toEqual([undefined])
    await other.close()
  })

  it('is refused where it speaks another language', async () => {
    const { transaction } = await begin()
    await expect(writeWithin({ ...transaction, dialect: 'mysql' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })
})

describe('an account that is not the store’s', () => {
  it('needs to read four tables and to add to two', async () => {
    const account = `within_${process.pid}_${Date.now()}`
    await tool.run(`CREATE ROLE ${account} LOGIN PASSWORD 'secret'`)
    const url = Object.assign(new URL(server.url), { username: account, password: 'secret' }).href
    try {
      const refused = await begin('READ COMMITTED', url)
      await expect(writeWithin(refused.transaction)).rejects.toMatchObject({ code: '42501' })
      await tool.run(`GRANT USAGE ON SCHEMA ${schema} TO ${account}`)
      for (const table of ['transactions', 'tombstones', 'incarnations', 'transaction_labels']) {
        await tool.run(`GRANT SELECT ON ${schema}.${table} TO ${account}`)
      }
      for (const table of ['transactions', 'transaction_labels']) {
        await tool.run(`GRANT INSERT ON ${schema}.${table} TO ${account}`)
      }
      const { client, transaction } = await begin('READ COMMITTED', url)
      expect(await writeWithin(transaction, writeOf({ labels: { a: 'b' } }))).toEqual(WRITTEN)
      await client.query('COMMIT')
      expect(await store.read(['order-17'])).toMatchObject([{ version: 1 }])
    } finally {
      for (const client of clients.splice(0)) await client.end()
      await tool.run(`DROP OWNED BY ${account}`)
      await tool.run(`DROP ROLE ${account}`)
    }
  })
})
