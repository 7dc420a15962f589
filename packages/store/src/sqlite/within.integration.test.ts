import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store, WithinAnswer } from '@assent/engine'
import { StoreUnavailable } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { ofSqlite } from '../../test/open-transactions.ts'
import { endedWriteOf, LONG_AGO, manyWrites, writeOf } from '../../test/rows.ts'
import { sqlite } from './store.ts'

const INCARNATION = 'one-life'
const WRITTEN: WithinAnswer = { outcome: 'written' }
const STORED = { outcome: 'stored' }
/** How long the application waits for the store, milliseconds. */
const TIMEOUT_MS = 5_000

let directory: string
let remove: () => Promise<void>
let store: Store
let application: DatabaseSync
beforeEach(async () => {
  ;({ path: directory, remove } = await temporaryDirectory())
  store = sqlite({ directory })
  await store.open()
  await store.register(INCARNATION, 60_000)
  application = new DatabaseSync(join(directory, 'assent.db'), { timeout: TIMEOUT_MS })
  application.exec('CREATE TABLE orders (id TEXT PRIMARY KEY) STRICT')
})
afterEach(async () => {
  application.close()
  await store.close()
  await remove()
})

const writeWithin = (row = writeOf(), incarnation = INCARNATION, database = application) =>
  store.writeWithin?.(ofSqlite(database), row, incarnation)

const order = (id: string) => application.prepare('INSERT INTO orders VALUES (?)').run(id)

describe('a row that is written within the application’s transaction', () => {
  it('is there, labels and all, once that transaction commits, and not before', async () => {
    application.exec('BEGIN IMMEDIATE')
    order('17')
    const row = writeOf({ labels: { tenant: 'a', 'U+0000': '\0' }, name: 'größer\0', state: '\ud800' })
    expect(await writeWithin(row)).toEqual(WRITTEN)
    expect(await store.read(['order-17'])).toEqual([undefined])
    application.exec('COMMIT')
    const { expect: _, ...columns } = row
    expect(await store.read(['order-17'])).toEqual([{ ...columns, version: 1 }])
    expect((await store.list({ label: { key: 'tenant', value: 'a' } })).rows).toHaveLength(1)
    const claim = { incarnation: INCARNATION, applications: [''], limit: 10, writeId: 'claim-1' }
    expect(await store.claim(claim)).toMatchObject([{ gid: 'order-17', version: 2 }])
  })

  it('is gone when that transaction rolls back, and when its process ends', async () => {
    application.exec('BEGIN')
    order('17')
    await writeWithin(writeOf({ labels: { tenant: 'a' } }))
    application.exec('ROLLBACK')
    application.exec('BEGIN')
    await writeWithin()
    application.close()
    expect(await store.read(['order-17'])).toEqual([undefined])
    expect(await store.write([writeOf()])).toEqual([STORED])
    application.open()
    expect(application.prepare('SELECT id FROM orders').all()).toEqual([])
  })

  it('is not written where its gid is known, and the application may go on', async () => {
    await store.write([writeOf({ content: 'first' }), endedWriteOf({ gid: 'swept', content: 'gone' })])
    await store.sweep({ endedBefore: LONG_AGO + 1, tombstonesBefore: 0, limit: 10 })
    application.exec('BEGIN')
    expect(await writeWithin()).toEqual({ outcome: 'standing', content: 'first', status: 'SUBMITTED' })
    expect(await writeWithin(writeOf({ gid: 'swept' }))).toEqual({
      outcome: 'standing',
      content: 'gone',
      status: 'COMMITTED',
    })
    expect(await writeWithin(writeOf({ gid: 'new' }))).toEqual(WRITTEN)
    expect(await writeWithin(writeOf({ gid: 'new' }))).toMatchObject({ outcome: 'standing' })
    application.exec('COMMIT')
    expect(await store.read(['swept', 'new'])).toMatchObject([undefined, { gid: 'new' }])
  })

  it('is refused in another database, attached to it or not', async () => {
    const other = new DatabaseSync(':memory:')
    other.prepare('ATTACH ? AS assent').run(join(directory, 'assent.db'))
    other.exec('BEGIN')
    await expect(writeWithin(writeOf(), INCARNATION, other)).rejects.toThrow('main.')
    other.close()
    application.exec('BEGIN')
    await expect(writeWithin(writeOf(), 'another-life')).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    application.exec('COMMIT')
  })
})

describe('an application that holds the file', () => {
  it('makes the store wait for it, and what is written meanwhile comes in when it ends', async () => {
    application.exec('BEGIN IMMEDIATE')
    const written = store.write([writeOf({ gid: 'other' })])
    await writeWithin()
    application.exec('COMMIT')
    expect(await written).toEqual([STORED])
    expect(await store.read(['order-17', 'other'])).toMatchObject([{ version: 1 }, { version: 1 }])
  })

  it('is not in the way of those who read, nor of a look for what is due', async () => {
    await store.write([writeOf({ gid: 'before', dueAt: null })])
    application.exec('BEGIN IMMEDIATE')
    await writeWithin()
    const claim = { incarnation: INCARNATION, applications: [''], limit: 10, writeId: 'claim-1' }
    expect(await store.claim(claim)).toEqual([])
    expect(await store.read(['before', 'order-17'])).toMatchObject([{ version: 1 }, undefined])
    application.exec('COMMIT')
    expect(await store.claim(claim)).toMatchObject([{ gid: 'order-17' }])
  })

  it('for too long makes a write unavailable, which is certain, and nothing of either is lost', async () => {
    await store.write([writeOf({ gid: 'before' })])
    application.exec('BEGIN IMMEDIATE')
    await writeWithin()
    const written = store.write([writeOf({ gid: 'other' })])
    await expect(written).rejects.toBeInstanceOf(StoreUnavailable)
    expect(await store.read(['before', 'order-17'])).toMatchObject([{ version: 1 }, undefined])
    application.exec('COMMIT')
    expect(await store.write([writeOf({ gid: 'other' })])).toEqual([STORED])
    expect(await store.read(['order-17'])).toMatchObject([{ version: 1 }])
  })

  it('gets its turn while the store writes without a pause', async () => {
    let isOver = false
    let stored = 0
    const writing = (async () => {
      while (!isOver) {
        const rows = manyWrites(50).map((row) => ({ ...row, gid: `${stored++}-${row.gid}` }))
        expect(await store.write(rows)).toEqual(rows.map(() => STORED))
      }
    })()
    for (let turn = 0; turn < 20; turn += 1) {
      application.exec('BEGIN IMMEDIATE')
      order(`order-${turn}`)
      expect(await writeWithin(writeOf({ gid: `order-${turn}` }))).toEqual(WRITTEN)
      application.exec('COMMIT')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    isOver = true
    await writing
    expect((await store.list({ gidPrefix: 'order-', limit: 100 })).rows).toHaveLength(20)
  })
})
