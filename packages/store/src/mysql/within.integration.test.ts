import type { OpenTransaction, Store, WithinAnswer } from '@assent/engine'
import { type TestServer, testMariadb } from '@assent/testkit/servers'
import { type Connection, createConnection } from 'mariadb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newDatabase, type TestDatabase } from '../../test/mysql-databases.ts'
import { ofMariadb } from '../../test/open-transactions.ts'
import { endedWriteOf, LONG_AGO, writeOf } from '../../test/rows.ts'
import { mysql } from './store.ts'

const INCARNATION = 'one-life'
const WRITTEN: WithinAnswer = { outcome: 'written' }
const LEVELS = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE']

let server: TestServer
beforeAll(async () => {
  server = await testMariadb()
})
afterAll(() => server.close())

let database: TestDatabase
let store: Store
let connections: Connection[]
beforeEach(async () => {
  connections = []
  database = await newDatabase(server.url)
  store = mysql({ url: database.url })
  await store.open()
  await store.register(INCARNATION, 60_000)
})
afterEach(async () => {
  for (const connection of connections) await connection.end()
  await store.close()
  await database.drop()
})

/** A transaction of the application's, which uses no database and an old character set. */
async function begin(level = 'REPEATABLE READ') {
  const { hostname: host, port, username: user, password } = new URL(server.url)
  const connection = await createConnection({ host, port: Number(port), user, password, charset: 'latin1' })
  connections.push(connection)
  await connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`)
  await connection.query('START TRANSACTION')
  return { connection, transaction: ofMariadb(connection) }
}

const writeWithin = (transaction: OpenTransaction, row = writeOf(), incarnation = INCARNATION) =>
  store.writeWithin?.(transaction, row, incarnation)

describe.each(LEVELS)('a row that is written within a transaction at %s', (level) => {
  it('is there, labels and all, once that transaction commits, and not before', async () => {
    const { connection, transaction } = await begin(level)
    const row = writeOf({
      mode: 'message',
      labels: { tenant: 'a', 'U+0000': '\0' },
      name: 'größer\0',
      state: `{"text":"€ 'quoted' \\u0000 \\\\ 😀 '?' "}`,
    })
    expect(await writeWithin(transaction, row)).toEqual(WRITTEN)
    expect(await store.read(['order-17'])).toEqual([undefined])
    await connection.commit()
    const { expect: _, ...columns } = row
    expect(await store.read(['order-17'])).toEqual([{ ...columns, version: 1 }])
    expect((await store.list({ label: { key: 'tenant', value: 'a' } })).rows).toHaveLength(1)
    expect((await store.list({ mode: 'message' })).rows).toHaveLength(1)
    const claim = { incarnation: INCARNATION, applications: [''], limit: 10, writeId: 'claim-1' }
    expect(await store.claim(claim)).toMatchObject([{ gid: 'order-17', version: 2 }])
  })

  it('is gone when that transaction rolls back', async () => {
    const { connection, transaction } = await begin(level)
    await writeWithin(transaction, writeOf({ labels: { tenant: 'a' } }))
    await connection.rollback()
    expect(await store.read(['order-17'])).toEqual([undefined])
    expect((await store.list({ label: { key: 'tenant', value: 'a' } })).rows).toEqual([])
    expect(await store.write([writeOf()])).toEqual([{ outcome: 'stored' }])
  })

  it('is not written where its gid is known, and the application may go on', async () => {
    await store.write([writeOf({ content: 'first' }), endedWriteOf({ gid: 'swept', content: 'gone' })])
    await store.sweep({ endedBefore: LONG_AGO + 1, tombstonesBefore: 0, limit: 10 })
    const { connection, transaction } = await begin(level)
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
    await connection.commit()
    expect(await store.read(['swept'])).toEqual([undefined])
  })

  it('finds what the same transaction has written before', async () => {
    const { connection, transaction } = await begin(level)
    await writeWithin(transaction)
    expect(await writeWithin(transaction)).toMatchObject({ outcome: 'standing', content: 'content' })
    await connection.commit()
  })
})

describe('a row that stands there already', () => {
  it.each(['READ COMMITTED', 'REPEATABLE READ'])('is not locked by a transaction at %s', async (level) => {
    await store.write([writeOf({ content: 'first' })])
    const { transaction } = await begin(level)
    await writeWithin(transaction)
    expect(await store.write([writeOf({ expect: 1, writeId: 'write-2' })])).toEqual([{ outcome: 'stored' }])
  })
})

describe('two transactions that write the same gid', () => {
  it.each(['commit', 'rollback'] as const)(
    'wait for each other, and the second finds what a %s left',
    async (end) => {
      const first = await begin()
      const second = await begin()
      // Its snapshot is older than what it finds.
      await second.connection.query(`SELECT COUNT(*) FROM ${database.name}.assent_transactions`)
      await writeWithin(first.transaction, writeOf({ content: 'first' }))
      const answer = writeWithin(second.transaction, writeOf({ content: 'second', writeId: 'write-2' }))
      const waiting = `SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'`
      while ((await database.run(waiting)).length === 0);
      await first.connection[end]()
      expect(await answer).toEqual(
        end === 'rollback' ? WRITTEN : { outcome: 'standing', content: 'first', status: 'SUBMITTED' },
      )
      await second.connection.commit()
      const [row] = await store.read(['order-17'])
      expect(row?.content).toBe(end === 'rollback' ? 'second' : 'first')
    },
  )
})

describe('a transaction of another database', () => {
  it('is refused where the same tables are there, and nothing is written', async () => {
    const { connection, transaction } = await begin()
    await expect(writeWithin(transaction, writeOf(), 'another-life')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ path: 'within' }],
    })
    await connection.commit()
    expect(await store.read(['order-17'])).toEqual([undefined])
  })
})

describe('a row that the tables can not hold', () => {
  it('is invalid, and the application may go on', async () => {
    const { connection, transaction } = await begin()
    expect(await writeWithin(transaction, writeOf({ application: 'x'.repeat(256) }))).toMatchObject({
      outcome: 'invalid',
    })
    await connection.commit()
  })
})

describe('an account that is not the store’s', () => {
  it('needs no more rights than the documented ones', async () => {
    const account = `'within_${process.pid}'@'%'`
    const at = database.name
    await database.run(
      `CREATE USER ${account} IDENTIFIED BY 'secret'`,
      `GRANT SELECT, INSERT, UPDATE ON ${at}.assent_transactions TO ${account}`,
      `GRANT SELECT, INSERT, UPDATE ON ${at}.assent_marks TO ${account}`,
      `GRANT SELECT ON ${at}.assent_tombstones TO ${account}`,
      `GRANT SELECT ON ${at}.assent_incarnations TO ${account}`,
    )
    try {
      const { hostname: host, port } = new URL(server.url)
      const connection = await createConnection({
        host,
        port: Number(port),
        user: `within_${process.pid}`,
        password: 'secret',
      })
      connections.push(connection)
      await connection.beginTransaction()
      expect(await writeWithin(ofMariadb(connection), writeOf({ labels: { a: 'b' } }))).toEqual(WRITTEN)
      await connection.commit()
      expect(await store.read(['order-17'])).toMatchObject([{ version: 1, labels: { a: 'b' } }])
    } finally {
      await database.run(`DROP USER ${account}`)
    }
  })
})
