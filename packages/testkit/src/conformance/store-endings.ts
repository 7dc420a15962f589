import { deepEqual, equal } from 'node:assert/strict'
import type { Store, Tombstone, TransactionWrite } from '@assent/engine'
import type { StorePromise } from './store-bench.ts'
import { endedWriteOf, FAR_OFF, gidsOf, LONG_AGO, put, readOne, STORED, writeOf } from './store-rows.ts'

function tombstoneOf({ gid, content, status, endedAt }: TransactionWrite): Tombstone {
  return { gid, content, status, endedAt: endedAt ?? Number.NaN }
}

/** Sweeps what ended before, and forgets no tombstone. */
function sweep(store: Store, endedBefore: number, limit = 100): ReturnType<Store['sweep']> {
  return store.sweep({ endedBefore, tombstonesBefore: 0, limit })
}

/** What becomes of transactions that have ended. */
export const storeEndings: readonly StorePromise[] = [
  {
    title: 'a sweep leaves a tombstone of what ended before, and everything else alone',
    async hold({ store }) {
      const old = endedWriteOf({
        gid: 'old',
        content: 'its content',
        status: 'ABORTED',
        endedAt: LONG_AGO - 1,
      })
      await put(
        store,
        old,
        endedWriteOf({ gid: 'just', endedAt: LONG_AGO }),
        endedWriteOf({ gid: 'young', endedAt: LONG_AGO + 1 }),
        writeOf({ gid: 'active', createdAt: 1, updatedAt: 1, dueAt: 1 }),
      )
      deepEqual(await sweep(store, LONG_AGO), { swept: 1, forgotten: 0 })
      deepEqual(await store.readTombstones(['none', 'old', 'just', 'active']), [
        undefined,
        tombstoneOf(old),
        undefined,
        undefined,
      ])
      deepEqual(await gidsOf(store, {}), ['young', 'just', 'active'])
      equal(await readOne(store, 'old'), undefined)
      deepEqual(await sweep(store, LONG_AGO), { swept: 0, forgotten: 0 })
    },
  },
  {
    title: 'a sweep takes the longest ended first, and no more than asked for',
    async hold({ store }) {
      const ages = [4, 1, 3, 0, 2]
      await put(store, ...ages.map((age) => endedWriteOf({ gid: `row-${age}`, endedAt: LONG_AGO + age })))
      deepEqual(await sweep(store, FAR_OFF, 2), { swept: 2, forgotten: 0 })
      deepEqual(await gidsOf(store, {}), ['row-4', 'row-3', 'row-2'])
      deepEqual(await sweep(store, FAR_OFF, 0), { swept: 0, forgotten: 0 })
      deepEqual(await sweep(store, FAR_OFF, 100), { swept: 3, forgotten: 0 })
    },
  },
  {
    title: 'a tombstone keeps its gid from being used again, and the answer shows it',
    async hold({ store }) {
      const old = endedWriteOf({ content: 'its content' })
      await put(store, old)
      await sweep(store, FAR_OFF)
      const other = writeOf({ gid: 'other' })
      const expected = { outcome: 'conflict', tombstone: tombstoneOf(old) }
      deepEqual(await store.write([writeOf(), other]), [expected, STORED])
      deepEqual(await store.write([writeOf({ expect: 1 })]), [expected])
      equal(await readOne(store, old.gid), undefined)
    },
  },
  {
    title: 'old tombstones are forgotten, no more than asked for, and then their gids are new',
    async hold({ store }) {
      const writes = [0, 1, 2, 3].map((age) => endedWriteOf({ gid: `row-${age}`, endedAt: LONG_AGO + age }))
      await put(store, ...writes)
      await sweep(store, FAR_OFF)
      const forget = (limit: number): ReturnType<Store['sweep']> =>
        store.sweep({ endedBefore: 0, tombstonesBefore: LONG_AGO + 3, limit })
      deepEqual(await forget(2), { swept: 0, forgotten: 2 })
      deepEqual(await store.readTombstones(['row-0', 'row-1']), [undefined, undefined])
      deepEqual(await forget(2), { swept: 0, forgotten: 1 })
      deepEqual(await forget(2), { swept: 0, forgotten: 0 })
      await put(store, writeOf({ gid: 'row-0' }))
      const [last] = await store.write([writeOf({ gid: 'row-3' })])
      equal(last?.outcome, 'conflict')
    },
  },
  {
    title: 'a swept transaction is in no listing, and its gid may be listed again once it is new',
    async hold({ store }) {
      const labels = { customer: '7' }
      await put(store, endedWriteOf({ labels, attention: true }))
      await sweep(store, FAR_OFF)
      const queries = [
        {},
        { status: 'COMMITTED' as const },
        { mode: 'saga' as const },
        { name: 'transfer' },
        { label: { key: 'customer', value: '7' } },
        { attention: true },
        { gidPrefix: 'order' },
      ]
      for (const query of queries) deepEqual(await gidsOf(store, query), [], JSON.stringify(query))
      await store.sweep({ endedBefore: 0, tombstonesBefore: FAR_OFF, limit: 100 })
      await put(store, endedWriteOf({ labels, attention: true }))
      for (const query of queries) deepEqual(await gidsOf(store, query), ['order-17'], JSON.stringify(query))
    },
  },
  {
    title: 'the summary counts what has not ended by status, finds the oldest of it, and counts attention',
    async hold({ store }) {
      deepEqual(await store.summary(), { active: {}, oldestUndecidedAt: null, attention: 0 })
      await put(
        store,
        endedWriteOf({ gid: 'ended', createdAt: 1 }),
        writeOf({ gid: 'a', status: 'PREPARED', createdAt: 50 }),
        writeOf({ gid: 'b', status: 'SUBMITTED', createdAt: 30, attention: true }),
        writeOf({ gid: 'c', status: 'SUBMITTED', createdAt: 40 }),
        writeOf({ gid: 'd', status: 'ABORTING', createdAt: 60, owner: 'a', attention: true }),
      )
      deepEqual(await store.summary(), {
        active: { PREPARED: 1, SUBMITTED: 2, ABORTING: 1 },
        oldestUndecidedAt: 30,
        attention: 2,
      })
      await put(store, endedWriteOf({ gid: 'b', expect: 1, createdAt: 30 }))
      deepEqual(await store.summary(), {
        active: { PREPARED: 1, SUBMITTED: 1, ABORTING: 1 },
        oldestUndecidedAt: 40,
        attention: 1,
      })
    },
  },
]
