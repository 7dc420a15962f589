import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ListQuery } from '@assent/contract'
import type { Store } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { LONG_AGO, manyWrites, writeOf } from '../../test/rows.ts'
import { sqlite } from './store.ts'

let directory: string
let remove: () => Promise<void>
let store: Store

beforeEach(async () => {
  ;({ path: directory, remove } = await temporaryDirectory())
  store = sqlite({ directory })
  await store.open()
})
afterEach(async () => {
  await store.close()
  await remove()
})

async function pagesOf(query: ListQuery): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const { rows, nextCursor } = await store.list({ ...query, ...(cursor !== undefined && { cursor }) })
    pages.push(rows.map(({ gid }) => gid))
    cursor = nextCursor
  } while (cursor !== undefined)
  return pages
}

describe('a listing', () => {
  it('that must look at many rows holds up nobody else', async () => {
    await store.write(manyWrites(20_000))
    const order: string[] = []
    // Nothing fits both, and no index says so.
    const listing = store.list({ name: 'transfer', mode: 'tcc' }).then(({ rows }) => {
      order.push('listed')
      return rows
    })
    await store.write([writeOf()])
    order.push('written')
    expect(await listing).toEqual([])
    expect(order).toEqual(['written', 'listed'])
  })

  it('finds what is rare among many rows, however far down', async () => {
    await store.write([writeOf({ gid: 'rare', mode: 'tcc', createdAt: LONG_AGO - 1 }), ...manyWrites(5_000)])
    const { rows, totalCount } = await store.list({ name: 'transfer', mode: 'tcc' })
    expect(rows.map(({ gid }) => gid)).toEqual(['rare'])
    expect(totalCount).toBe(1)
  })

  it('ends a page early when its states are very large, and goes on behind it', async () => {
    const gids = Array.from({ length: 40 }, (_, index) => `row-${String(index).padStart(2, '0')}`)
    for (const gid of gids) await store.write([writeOf({ gid, state: 'x'.repeat(1024 * 1024) })])
    const pages = await pagesOf({ limit: 1_000 })
    expect(pages.length).toBeGreaterThan(1)
    for (const page of pages) expect(page.length).toBeLessThan(25)
    expect(pages.flat()).toEqual(gids.reverse())
  })

  it('gives a total where counting is cheap, and none where it is not', async () => {
    await store.write(manyWrites(10_000))
    expect((await store.list({})).totalCount).toBe(10_000)
    expect((await store.list({ name: 'transfer', mode: 'saga' })).totalCount).toBeUndefined()
    await store.write([writeOf()])
    expect((await store.list({})).totalCount).toBeUndefined()
  })
})

describe('a claim', () => {
  it('takes fewer at once when their states are very large, and leaves the others for the next', async () => {
    const states = Array.from({ length: 20 }, (_, index) =>
      writeOf({ gid: `row-${index}`, state: 'x'.repeat(1024 * 1024) }),
    )
    for (const write of states) await store.write([write])
    await store.register('a', 600_000)
    const claim = async (): Promise<number> =>
      (await store.claim({ incarnation: 'a', applications: [''], limit: 1_000, writeId: 'claim' })).length
    expect(await claim()).toBe(16)
    expect(await claim()).toBe(4)
    expect(await claim()).toBe(0)
  })
})

describe('text in the database', () => {
  it('is readable as it is, unless SQLite could not give it back', async () => {
    await store.write([writeOf({ name: 'Zoë', state: 'a\u0000b', content: '\ud800' })])
    const tool = new DatabaseSync(join(directory, 'assent.db'), { readOnly: true })
    const kept = tool
      .prepare('SELECT typeof(name) AS name, typeof(state) AS state, content FROM transactions')
      .get()
    expect({ ...kept }).toEqual({ name: 'text', state: 'blob', content: new Uint8Array([0x00, 0xd8]) })
    tool.close()
  })
})
