import { deepEqual, ok } from 'node:assert/strict'
import type { Store } from '@assent/engine'
import type { StorePromise } from './store-bench.ts'
import { endedWriteOf, FAR_OFF, put, writeOf } from './store-rows.ts'

/** Walks to the end, and answers `gid version` in order of the gids. */
async function ownedBy(store: Store, incarnation: string, limit = 100): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await store.owned({ incarnation, limit, ...(cursor !== undefined && { cursor }) })
    ok(page.transactions.length <= limit, `${page.transactions.length} on a page of ${limit}`)
    found.push(...page.transactions.map(({ gid, version }) => `${gid} ${version}`))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found.sort()
}

/** What an incarnation owns, as the store knows it: what an audit compares with what is driven. */
export const storeOwned: readonly StorePromise[] = [
  {
    title: 'what an incarnation owns is named with its version, however it came to own it',
    async hold({ store, leaseMs }) {
      await store.register('a', leaseMs * 100)
      await put(store, writeOf({ gid: 'g1', owner: 'a' }), writeOf({ gid: 'g10' }), writeOf({ gid: 'g1000' }))
      await put(store, writeOf({ gid: 'g1000', expect: 1, owner: 'a', dueAt: null }))
      await store.claim({ incarnation: 'a', applications: [''], limit: 9, writeId: 'claim' })
      deepEqual(await ownedBy(store, 'a'), ['g1 1', 'g10 2', 'g1000 2'])
    },
  },
  {
    title: 'what others own, nobody owns, or has ended is not named',
    async hold({ store, leaseMs }) {
      await store.register('a', leaseMs * 100)
      await store.register('ab', leaseMs * 100)
      await put(
        store,
        writeOf({ gid: 'nobodys' }),
        writeOf({ gid: 'of-another', owner: 'ab' }),
        writeOf({ gid: 'given-away', owner: 'a' }),
        writeOf({ gid: 'handed-over', owner: 'a' }),
        writeOf({ gid: 'finished', owner: 'a' }),
        endedWriteOf({ gid: 'ended', owner: 'a' }),
        writeOf({ gid: 'kept', owner: 'a', application: 'shop', dueAt: FAR_OFF }),
      )
      await put(
        store,
        writeOf({ gid: 'given-away', expect: 1, owner: 'ab' }),
        writeOf({ gid: 'handed-over', expect: 1 }),
        endedWriteOf({ gid: 'finished', expect: 1 }),
      )
      deepEqual(await ownedBy(store, 'a'), ['kept 1'])
      deepEqual(await ownedBy(store, 'ab'), ['given-away 2', 'of-another 1'])
      deepEqual(await ownedBy(store, 'b'), [])
    },
  },
  {
    title: 'what an incarnation owns is named on pages, each transaction once',
    async hold({ store, leaseMs }) {
      await store.register('a', leaseMs * 100)
      const gids = Array.from({ length: 57 }, (_, index) => `row-${index}`)
      // Due at the same time, most of them: no order by that time can be the whole order.
      await put(
        store,
        ...gids.map((gid, index) =>
          writeOf({
            gid,
            owner: 'a',
            application: index % 2 ? 'shop' : '',
            dueAt: index % 5 ? FAR_OFF : null,
          }),
        ),
      )
      const expected = gids.map((gid) => `${gid} 1`).sort()
      for (const limit of [1, 10, 19, 57, 58]) deepEqual(await ownedBy(store, 'a', limit), expected)
    },
  },
  {
    title: 'a walk through what an incarnation owns overlooks nothing that stays, whatever else moves',
    async hold({ store, leaseMs }) {
      await store.register('a', leaseMs * 100)
      const gids = Array.from({ length: 40 }, (_, index) => `row-${String(index).padStart(2, '0')}`)
      await put(store, ...gids.map((gid, index) => writeOf({ gid, owner: 'a', dueAt: FAR_OFF + index })))
      const moving = gids.filter((_, index) => index % 2 === 0)
      const named: string[] = []
      let cursor: string | undefined
      do {
        const page = await store.owned({
          incarnation: 'a',
          limit: 5,
          ...(cursor !== undefined && { cursor }),
        })
        named.push(...page.transactions.map(({ gid }) => gid))
        cursor = page.nextCursor
        const [first, second] = moving.splice(0, 2)
        if (first !== undefined) await put(store, endedWriteOf({ gid: first, expect: 1 }))
        if (second !== undefined)
          await put(store, writeOf({ gid: second, expect: 1, owner: 'a', dueAt: null }))
      } while (cursor !== undefined)
      const staying = gids.filter((_, index) => index % 2 === 1)
      deepEqual(named.filter((gid) => staying.includes(gid)).sort(), staying)
    },
  },
  {
    title: 'what an incarnation owns is named after its lease ran out too, until somebody claims it',
    async hold({ store, leaseMs, advance }) {
      await store.register('a', leaseMs)
      await put(store, writeOf({ owner: 'a' }))
      await advance(leaseMs * 1.2)
      deepEqual(await ownedBy(store, 'a'), ['order-17 1'])
      await store.register('b', leaseMs * 100)
      await store.claim({ incarnation: 'b', applications: [''], limit: 9, writeId: 'claim' })
      deepEqual([await ownedBy(store, 'a'), await ownedBy(store, 'b')], [[], ['order-17 2']])
    },
  },
]
