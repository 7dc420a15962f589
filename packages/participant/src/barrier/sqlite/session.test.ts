import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sqliteSessionOf } from './session.ts'

let database: DatabaseSync
beforeEach(() => {
  database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, sku TEXT, seal BLOB) STRICT; BEGIN')
})
afterEach(() => database.close())

const run = (sql: string, answers: 'rows' | 'count', ...values: (string | number | Buffer | null)[]) =>
  sqliteSessionOf(database)?.run({ sql, values, answers })

describe('the way into a SQLite transaction', () => {
  it('runs statements in it, and answers their rows or how many they changed', async () => {
    const seal = new Uint8Array([0, 255])
    expect(await run('INSERT INTO orders VALUES (?, ?, ?)', 'count', 1, 'chair', Buffer.from(seal))).toEqual({
      rows: [],
      count: 1,
    })
    const rows = [{ id: 1, sku: 'chair', seal }]
    expect(await run('SELECT * FROM orders WHERE sku = ?', 'rows', 'chair')).toEqual({ rows, count: 1 })
    database.exec('ROLLBACK; BEGIN')
    expect(await run('SELECT * FROM orders', 'rows')).toEqual({ rows: [], count: 0 })
  })

  it('gives rows by name, however the connection returns them', async () => {
    database.close()
    database = new DatabaseSync(':memory:', { returnArrays: true })
    database.exec('BEGIN')
    expect(await run("SELECT 1 AS one, 'b' AS two", 'rows')).toMatchObject({ rows: [{ one: 1, two: 'b' }] })
  })

  it('is none where no transaction is open, which it says', () => {
    database.exec('COMMIT')
    expect(() => sqliteSessionOf(database)).toThrow('without an open transaction')
  })

  it.each([
    ['nothing', undefined],
    ['text', 'BEGIN'],
    ['a client of another database', { query: () => {}, exec: () => {}, prepare: () => {} }],
    ['something that can not say whether a transaction is open', { exec: () => {}, prepare: () => {} }],
  ])('is not seen in %s', (_what, connection) => {
    expect(sqliteSessionOf(connection)).toBeUndefined()
  })
})
