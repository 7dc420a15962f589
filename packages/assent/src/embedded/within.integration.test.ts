import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { queryOf, sqliteBarrier } from '@assent/participant'
import { memory } from '@assent/store/memory'
import { sqlite } from '@assent/store/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, message, saga, unchecked } from '../index.ts'
import { type Embedded, open } from './open.ts'

interface Order {
  sku: string
}

let folder: string
let assent: Embedded
let shop: DatabaseSync
let parcels: string[]

const order = saga('order', { version: 1, input: unchecked<Order>() }).step('pack', {
  action: ({ input, gid }) => {
    parcels.push(gid)
    return { parcel: `a ${input.sku}` }
  },
})
const mail = message('mail', { version: 1, input: unchecked<Order>(), query: () => {} }).step('send', {
  action: ({ gid }) => void parcels.push(`mail of ${gid}`),
})

beforeEach(async () => {
  parcels = []
  folder = mkdtempSync(join(tmpdir(), 'assent-within-'))
  assent = await open({ store: sqlite(folder), definitions: [order, mail] })
  shop = new DatabaseSync(join(folder, 'assent.db'), { timeout: 5_000 })
  shop.exec('CREATE TABLE orders (gid TEXT PRIMARY KEY) STRICT')
})
afterEach(async () => {
  shop.close()
  await assent.close()
  rmSync(folder, { recursive: true })
})

describe('a transaction that is started within a database transaction', () => {
  it('is a handle to what comes to its end once that one commits', async () => {
    shop.exec('BEGIN IMMEDIATE')
    shop.prepare('INSERT INTO orders VALUES (?)').run('order-17')
    const handle = await assent.start(order, { sku: 'lamp' }, { gid: 'order-17', within: shop })
    await expect(handle.status()).rejects.toMatchObject({ code: 'TRANSACTION_NOT_FOUND' })
    expect(parcels).toEqual([])
    shop.exec('COMMIT')
    expect(await handle.result()).toEqual({
      gid: 'order-17',
      status: 'COMMITTED',
      results: { pack: { parcel: 'a lamp' } },
    })
    expect(parcels).toEqual(['order-17'])
  })

  it('may be a message as well, which then needs neither a prepare nor a query', async () => {
    shop.exec('BEGIN IMMEDIATE')
    const handle = await assent.start(mail, { sku: 'lamp' }, { gid: 'order-17', within: shop })
    shop.exec('COMMIT')
    expect(await handle.result()).toMatchObject({ status: 'COMMITTED' })
    expect(parcels).toEqual(['mail of order-17'])
  })

  it('is refused for an input that differs from the first, and for what is no transaction of the store’s', async () => {
    await assent.run(order, { sku: 'lamp' }, { gid: 'order-17' })
    shop.exec('BEGIN IMMEDIATE')
    const conflicting = assent.start(order, { sku: 'piano' }, { gid: 'order-17', within: shop })
    await expect(conflicting).rejects.toMatchObject({ code: 'CONFLICT' })
    shop.exec('COMMIT')
    const idle = assent.start(order, { sku: 'lamp' }, { within: shop })
    await expect(idle).rejects.toThrow('without an open transaction')
    await using elsewhere = await open({ store: memory(), definitions: [order] })
    shop.exec('BEGIN')
    const astray = elsewhere.start(order, { sku: 'lamp' }, { within: shop })
    await expect(astray).rejects.toMatchObject({ code: 'INVALID_REQUEST', details: [{ path: 'within' }] })
    shop.exec('ROLLBACK')
  })

  it('is out of reach for whoever is connected to a server', async () => {
    const remote = connect({
      url: 'http://127.0.0.1:1',
      serve: { definitions: [order], url: 'http://127.0.0.1:2/' },
    })
    const started = remote.start(order, { sku: 'lamp' }, { within: shop })
    await expect(started).rejects.toMatchObject({ code: 'INVALID_REQUEST', details: [{ path: 'within' }] })
    await remote.close()
  })
})

describe('a message by its definition', () => {
  it('is sent together with its local part, and says what that came to', async () => {
    await assent.close()
    const barrier = sqliteBarrier(shop)
    const placed = message('placed', {
      version: 1,
      input: unchecked<Order>(),
      query: queryOf(barrier),
    }).step('pack', { action: ({ gid, input }) => void parcels.push(`${input.sku} of ${gid}`) })
    assent = await open({ store: sqlite(join(folder, 'other')), definitions: [placed] })
    const local = {
      gid: 'order-17',
      barrier,
      work: (database: DatabaseSync) => {
        database.prepare('INSERT INTO orders VALUES (?)').run('order-17')
        return { placed: 17 }
      },
    }
    const sent = await assent.send(placed, { sku: 'lamp' }, local)
    expect(sent).toMatchObject({ gid: 'order-17', result: { placed: 17 }, repeated: false })
    expect(await assent.handle(placed, sent.gid).result()).toMatchObject({ status: 'COMMITTED' })
    expect(await assent.send(placed, { sku: 'lamp' }, local)).toMatchObject({ repeated: true })
    expect(parcels).toEqual(['lamp of order-17'])
  })
})
