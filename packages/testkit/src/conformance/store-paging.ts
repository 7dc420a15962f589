import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { isAssentError, type ListQuery } from '@assent/contract'
import type { Store } from '@assent/engine'
import type { StorePromise } from './store-bench.ts'
import { endedWriteOf, FAR_OFF, gidsOf, LONG_AGO, put, writeOf } from './store-rows.ts'

const ROWS = 300
const PAGE = 17

/** Every page of a listing; `between` happens after each. */
async function pagesOf(
  store: Store,
  query: ListQuery,
  between: (page: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const gids: string[] = []
  let cursor: string | undefined
  for (let page = 0; ; page += 1) {
    const { rows, nextCursor } = await store.list({ ...query, ...(cursor !== undefined && { cursor }) })
    gids.push(...rows.map(({ gid }) => gid))
    if (nextCursor === undefined) return gids
    ok(rows.length > 0 && page < ROWS, 'the pages never end')
    cursor = nextCursor
    await between(page)
  }
}

async function putMany(store: Store, sameMillisecond: boolean): Promise<void> {
  const writes = Array.from({ length: ROWS }, (_, index) =>
    writeOf({
      gid: `row-${String((index * 7) % ROWS).padStart(3, '0')}`,
      createdAt: LONG_AGO + (sameMillisecond ? 0 : index),
      name: index % 3 === 0 ? 'booking' : 'transfer',
      labels: { third: `${index % 3}` },
    }),
  )
  await put(store, ...writes)
}

const isInvalidRequest = (error: unknown): boolean => isAssentError(error) && error.code === 'INVALID_REQUEST'

/** How a listing goes on from page to page. */
export const storePaging: readonly StorePromise[] = [
  {
    title: 'pages by cursor show every row once, in the order of the listing',
    async hold({ store }) {
      await putMany(store, false)
      for (const query of [
        {},
        { name: 'booking' },
        { label: { key: 'third', value: '1' } },
        { gidPrefix: 'row-' },
        { attention: false },
        { createdAfter: LONG_AGO + 50, createdBefore: LONG_AGO + 250 },
      ]) {
        deepEqual(
          await pagesOf(store, { ...query, limit: PAGE }),
          await gidsOf(store, query),
          JSON.stringify(query),
        )
      }
    },
  },
  {
    title: 'pages by cursor show every row once when all are of the same millisecond',
    async hold({ store }) {
      await putMany(store, true)
      for (const query of [{}, { name: 'transfer' }, { label: { key: 'third', value: '1' } }]) {
        deepEqual(
          await pagesOf(store, { ...query, limit: PAGE }),
          await gidsOf(store, query),
          JSON.stringify(query),
        )
      }
    },
  },
  {
    title: 'pages by cursor are not moved by rows that come in between',
    async hold({ store }) {
      await putMany(store, false)
      const before = await gidsOf(store, {})
      const shown = await pagesOf(store, { limit: PAGE }, (page) =>
        put(store, writeOf({ gid: `new-${page}`, createdAt: LONG_AGO + ROWS + page })),
      )
      deepEqual(shown, before)
    },
  },
  {
    title: 'a cursor goes on where it was although its row is gone',
    async hold({ store }) {
      const writes = ['a', 'b', 'c', 'd'].map((gid) => endedWriteOf({ gid }))
      await put(store, ...writes)
      const { nextCursor, rows } = await store.list({ limit: 2 })
      deepEqual(
        rows.map(({ gid }) => gid),
        ['d', 'c'],
      )
      await put(store, endedWriteOf({ gid: 'c', expect: 1, endedAt: LONG_AGO - 1 }))
      await store.sweep({ endedBefore: LONG_AGO, tombstonesBefore: 0, limit: 10 })
      deepEqual(await gidsOf(store, { cursor: nextCursor ?? '' }), ['b', 'a'])
    },
  },
  {
    title: 'a page holds ten rows unless told otherwise, and an offset skips rows',
    async hold({ store }) {
      await putMany(store, false)
      const all = await gidsOf(store, {})
      equal((await store.list({})).rows.length, 10)
      deepEqual(await gidsOf(store, { offset: 25, limit: 5 }), all.slice(25, 30))
      deepEqual(await gidsOf(store, { offset: ROWS - 2 }), all.slice(-2))
      deepEqual(await gidsOf(store, { offset: ROWS + 1 }), [])
      const bookings = await gidsOf(store, { name: 'booking' })
      deepEqual(await gidsOf(store, { offset: 7, name: 'booking', gidPrefix: 'row' }), bookings.slice(7))
    },
  },
  {
    title: 'a last page has no cursor, and every other page has one',
    async hold({ store }) {
      await put(store, ...['a', 'b', 'c'].map((gid) => writeOf({ gid })))
      equal((await store.list({ limit: 3 })).nextCursor, undefined)
      equal((await store.list({ limit: 1, offset: 2 })).nextCursor, undefined)
      equal(typeof (await store.list({ limit: 2 })).nextCursor, 'string')
      equal((await store.list({ limit: 2, gidPrefix: 'none' })).nextCursor, undefined)
    },
  },
  {
    title: 'a total that is given counts all that fits, on every page',
    async hold({ store }) {
      await putMany(store, false)
      for (const query of [{}, { name: 'booking' }, { createdAfter: LONG_AGO + 100 }]) {
        const total = (await gidsOf(store, query)).length
        const first = await store.list({ ...query, limit: PAGE })
        const second = await store.list({ ...query, limit: PAGE, cursor: first.nextCursor ?? '' })
        const beyond = await store.list({ ...query, offset: ROWS * 2 })
        for (const { totalCount = total } of [first, second, beyond]) equal(totalCount, total)
      }
    },
  },
  {
    title:
      'a cursor that no listing gave is refused as INVALID_REQUEST, as are limits and offsets that can not be',
    async hold({ store }) {
      await putMany(store, false)
      const { nextCursor = '' } = await store.list({ limit: 1 })
      for (const cursor of [
        '',
        'x',
        '!',
        'eyJhIjoxfQ',
        `${nextCursor}A`,
        nextCursor.slice(1),
        'WzEsMl0',
        '\u0000',
      ]) {
        await rejects(store.list({ cursor }), isInvalidRequest, JSON.stringify(cursor))
      }
      for (const query of [
        { limit: 0 },
        { limit: -1 },
        { limit: 1_001 },
        { limit: 1.5 },
        { offset: -1 },
        { offset: 0.5 },
      ]) {
        await rejects(store.list(query), isInvalidRequest, JSON.stringify(query))
      }
    },
  },
  {
    title: 'a prefix that very many gids have shows them like any other',
    async hold({ store }) {
      const writes = Array.from({ length: 2_500 }, (_, index) =>
        writeOf({ gid: `${index % 5 === 0 ? 'b' : 'a'}-${index}`, createdAt: LONG_AGO + index }),
      )
      for (let at = 0; at < writes.length; at += 500) await put(store, ...writes.slice(at, at + 500))
      const expected = writes.filter(({ gid }) => gid.startsWith('a-')).map(({ gid }) => gid)
      deepEqual(await pagesOf(store, { gidPrefix: 'a-', limit: 300 }), expected.reverse())
      equal((await gidsOf(store, { gidPrefix: 'b-' })).length, 500)
    },
  },
  {
    title: 'what is swept while a listing is paged through is left out, and nothing else',
    async hold({ store }) {
      await putMany(store, false)
      const all = await gidsOf(store, {})
      const last = all.at(-1) ?? ''
      const shown = await pagesOf(store, { limit: PAGE }, async (page) => {
        if (page > 0) return
        await put(store, endedWriteOf({ gid: last, expect: 1 }))
        await store.sweep({ endedBefore: FAR_OFF, tombstonesBefore: 0, limit: 10 })
      })
      deepEqual(shown, all.slice(0, -1))
    },
  },
]
