import type { ListQuery, Mode, Status } from '@assent/contract'
import type { Store, TransactionWrite } from '@assent/engine'
import { type TestServer, testRedis } from '@assent/testkit/servers'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ANY_WEAKNESS } from '../../test/redis-bench.ts'
import { connectTo, deleteKeys, newPrefix } from '../../test/redis-keys.ts'
import { endedWriteOf, LONG_AGO, manyWrites, writeOf } from '../../test/rows.ts'
import { keyspaceOf, SETS } from './keyspace.ts'
import { sortableTime } from './sortable-time.ts'
import { redis } from './store.ts'

const STORED = { outcome: 'stored' }

let server: TestServer
let prefix: string
let store: Store

beforeAll(async () => {
  server = await testRedis()
})
afterAll(() => server.close())
beforeEach(async () => {
  prefix = newPrefix()
  store = redis({ url: server.url, prefix, acceptedWeaknesses: ANY_WEAKNESS })
  await store.open()
})
afterEach(async () => {
  await store.close()
  await deleteKeys(server.url, prefix)
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

async function writeMany(count: number, given: Partial<TransactionWrite> = {}): Promise<void> {
  const writes = manyWrites(count, given)
  for (let at = 0; at < count; at += 1_000) await store.write(writes.slice(at, at + 1_000))
}

describe('a listing', () => {
  it('that must look at many rows holds up nobody else', async () => {
    await writeMany(20_000)
    const order: string[] = []
    // Nothing fits both, and no set says so.
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
    await store.write([writeOf({ gid: 'rare', mode: 'tcc', createdAt: LONG_AGO - 1 })])
    await writeMany(5_000)
    for (const query of [
      { mode: 'tcc' as const },
      { name: 'transfer', mode: 'tcc' as const },
      { gidPrefix: 'rare' },
    ]) {
      const { rows, totalCount } = await store.list(query)
      expect(rows.map(({ gid }) => gid)).toEqual(['rare'])
      expect(totalCount).toBe(1)
    }
  })

  it('ends a page early when its states are very large, and goes on behind it', async () => {
    const gids = Array.from({ length: 40 }, (_, index) => `row-${String(index).padStart(2, '0')}`)
    for (const gid of gids) await store.write([writeOf({ gid, state: 'x'.repeat(1024 * 1024) })])
    const pages = await pagesOf({ limit: 1_000 })
    expect(pages.length).toBeGreaterThan(1)
    for (const page of pages) expect(page.length).toBeLessThan(25)
    expect(pages.flat()).toEqual(gids.reverse())
  })

  it('gives a total where counting is cheap, however many there are, and none where it is not', async () => {
    await writeMany(12_000)
    expect((await store.list({})).totalCount).toBe(12_000)
    expect((await store.list({ name: 'transfer' })).totalCount).toBe(12_000)
    expect((await store.list({ status: 'SUBMITTED', mode: 'saga' })).totalCount).toBe(12_000)
    expect((await store.list({ name: 'transfer', mode: 'saga' })).totalCount).toBeUndefined()
    expect((await store.list({ gidPrefix: 'row' })).totalCount).toBeUndefined()
  })

  it('shows each row once, although rows change their status meanwhile', async () => {
    const gids = manyWrites(600).map(({ gid }) => gid)
    await writeMany(600)
    let isListing = true
    const changing = (async () => {
      for (let version = 1; isListing; version += 1) {
        const status = (['COMMITTING', 'COMMITTED', 'ABORTING', 'SUBMITTED'] as const)[version % 4]!
        for (let at = 0; at < gids.length; at += 50) {
          const some = gids.slice(at, at + 50)
          await store.write(some.map((gid) => writeOf({ gid, expect: version, status })))
        }
      }
    })()
    for (let round = 0; round < 15; round += 1) {
      for (const query of [
        { limit: 1_000 },
        { limit: 1_000, attention: false },
        { limit: 40, gidPrefix: 'row-' },
      ]) {
        const shown = (await pagesOf(query)).flat()
        expect(shown).toHaveLength(600)
        expect(new Set(shown).size).toBe(600)
      }
    }
    isListing = false
    await changing
  })

  it('leaves out what a set names and no row is', async () => {
    await store.write([writeOf({ gid: 'a' }), writeOf({ gid: 'b' }), writeOf({ gid: 'c' })])
    const admin = await connectTo(server.url)
    await admin.del(`{${prefix}:0}:t:b`)
    admin.destroy()
    expect(await pagesOf({ limit: 1 })).toEqual([['c'], [], ['a']])
    expect(await pagesOf({ name: 'transfer', mode: 'saga' })).toEqual([['c', 'a']])
  })
})

describe('a claim', () => {
  it('takes fewer at once when their states are very large, and leaves the others for the next', async () => {
    for (const gid of manyWrites(20).map((row) => row.gid)) {
      await store.write([writeOf({ gid, state: 'x'.repeat(1024 * 1024) })])
    }
    await store.register('a', 600_000)
    const claim = async (): Promise<number> =>
      (await store.claim({ incarnation: 'a', applications: [''], limit: 1_000, writeId: 'claim' })).length
    expect(await claim()).toBe(16)
    expect(await claim()).toBe(4)
    expect(await claim()).toBe(0)
  })

  it('gives a thousand at once, each once', async () => {
    await writeMany(1_500, { owner: 'gone' })
    await store.register('a', 600_000)
    const claim = async () =>
      store.claim({ incarnation: 'a', applications: [''], limit: 1_000, writeId: 'claim' })
    const rows = [...(await claim()), ...(await claim())]
    expect(rows).toHaveLength(1_500)
    expect(new Set(rows.map(({ gid }) => gid)).size).toBe(1_500)
    expect((await store.owned({ incarnation: 'a', limit: 2_000 })).transactions).toHaveLength(1_500)
  })
})

describe('the sorted sets', () => {
  /** What each set must hold, by its name. */
  async function expected(gids: readonly string[]): Promise<Record<string, string[]>> {
    const sets: Record<string, string[]> = Object.fromEntries(SETS.map((name) => [name, []]))
    const put = (name: string, ...parts: string[]) => sets[name]!.push(parts.join('\0'))
    for (const row of await store.read(gids)) {
      if (row === undefined) continue
      const { gid, name, status, mode, owner, application, labels } = row
      const created = sortableTime(row.createdAt)
      const due = row.dueAt === null ? '' : sortableTime(row.dueAt)
      if (name !== '') put('names', name, created, gid)
      put('statuses', status, mode, created, gid)
      if (row.attention) put('attention', created, gid)
      for (const [key, value] of Object.entries(labels)) put('labels', key, value, created, gid)
      if (row.endedAt !== null) put('ended', sortableTime(row.endedAt), gid)
      else if (owner !== null) put('owned', `=${owner}`, application, due, gid)
      else if (due !== '') put('waiting', application, due, gid)
    }
    for (const tombstone of await store.readTombstones(gids)) {
      if (tombstone !== undefined) put('buried', sortableTime(tombstone.endedAt), tombstone.gid)
    }
    for (const members of Object.values(sets)) members.sort()
    return sets
  }

  async function actual(): Promise<Record<string, string[]>> {
    const admin = await connectTo(server.url)
    const { sets } = keyspaceOf(prefix, 1).slots[0]
    const entries = SETS.map(async (name) => [name, (await admin.zRange(sets[name], 0, -1)).sort()] as const)
    const found = Object.fromEntries(await Promise.all(entries))
    admin.destroy()
    return found
  }

  const word = fc.constantFrom('', 'x', 'yy')
  const time = fc.integer({ min: 0, max: 3 }).map((step) => LONG_AGO + step)
  const change = fc.record({
    gid: fc.constantFrom('a', 'b', 'c'),
    status: fc.constantFrom<Status>('SUBMITTED', 'COMMITTING', 'COMMITTED', 'ABORTED'),
    mode: fc.constantFrom<Mode>('saga', 'tcc'),
    name: word,
    application: word,
    owner: fc.option(word),
    labels: fc.dictionary(word, word, { maxKeys: 3 }).map((labels) => ({ ...labels })),
    createdAt: time,
    dueAt: fc.option(time),
    endedAt: fc.option(time),
    attention: fc.boolean(),
  })

  it('name each row exactly where it belongs, whatever it was before', async () => {
    const versions = new Map<string, number>()
    await store.register('x', 600_000)
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      for (const given of changes) {
        const version = versions.get(given.gid) ?? 0
        const answers = await store.write([writeOf({ ...given, expect: version })])
        expect(answers).toEqual([STORED])
        versions.set(given.gid, version + 1)
      }
      for (const { gid, version } of await store.claim({
        incarnation: 'x',
        applications: ['', 'x'],
        limit: 2,
        writeId: 'claim',
      })) {
        versions.set(gid, version)
      }
      expect(await actual()).toEqual(await expected(['a', 'b', 'c']))
    })
    await fc.assert(property, { numRuns: 40 })
    await store.sweep({ endedBefore: LONG_AGO + 2, tombstonesBefore: 0, limit: 2 })
    await store.write([endedWriteOf({ gid: 'd', labels: { x: 'y' } })])
    await store.sweep({ endedBefore: LONG_AGO + 9, tombstonesBefore: 0, limit: 9 })
    expect(await actual()).toEqual(await expected(['a', 'b', 'c', 'd']))
    expect((await actual()).buried).not.toEqual([])
  })
})
