import { type TestServer, testPostgres } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/fresh-database.ts'
import { MIGRATIONS } from '../payment/migrations.ts'
import { isDatabaseAway, migrate } from './database.ts'

let server: TestServer
beforeAll(async () => {
  server = await testPostgres()
})
afterAll(() => server?.close())

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database[Symbol.asyncDispose]())

const countOf = async (table: string) =>
  (await database.pool.query(`SELECT count(*)::integer AS count FROM ${table}`)).rows[0].count

it('several services that start at once bring a database up to date once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => migrate(database.pool, MIGRATIONS)))
  expect(await countOf('migrations')).toBe(MIGRATIONS.length)
  expect(await countOf('payments')).toBe(0)
})

it('only what is new is run', async () => {
  await migrate(database.pool, ['CREATE TABLE lamps (id integer)'])
  await migrate(database.pool, ['CREATE TABLE lamps (id integer)', 'INSERT INTO lamps VALUES (1)'])
  await migrate(database.pool, ['CREATE TABLE lamps (id integer)', 'INSERT INTO lamps VALUES (1)'])
  expect(await countOf('lamps')).toBe(1)
})

it('one that fails leaves nothing, and is no absence of the database', async () => {
  const failing = migrate(database.pool, ['CREATE TABLE lamps (id integer)', 'SELECT nothing FROM nowhere'])
  const thrown = await failing.catch((error: unknown) => error)
  expect(isDatabaseAway(thrown)).toBe(false)
  await expect(countOf('lamps')).rejects.toThrow('does not exist')
  await migrate(database.pool, ['CREATE TABLE lamps (id integer)'])
  expect(await countOf('lamps')).toBe(0)
})

it('money is kept to the cent, and never less than a cent', async () => {
  await migrate(database.pool, MIGRATIONS)
  const pay = (amount: string) =>
    database.pool.query(
      "INSERT INTO payments (order_id, amount, payment_method, status) VALUES (gen_random_uuid(), $1, '', 'processed') RETURNING amount",
      [amount],
    )
  expect((await pay('99999999.99')).rows).toEqual([{ amount: '99999999.99' }])
  for (const amount of ['0', '-1', '100000000']) await expect(pay(amount)).rejects.toThrow(/amount|overflow/)
})
