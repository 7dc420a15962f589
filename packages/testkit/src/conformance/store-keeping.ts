import { deepEqual, equal, ok } from 'node:assert/strict'
import type { StorePromise } from './store-bench.ts'
import { endedWriteOf, FAR_OFF, gidsOf, LONG_AGO, put, rowOf, writeOf } from './store-rows.ts'

export const KEPT = 'what was answered is there when the store is opened again'
export const STARTED_AGAIN =
  'a store that is opened again has forgotten who drove what, so that it is taken up at once'

/** What outlives the process. */
export const storeKeeping: readonly StorePromise[] = [
  {
    title: 'a store says what it is, what durability was given up, and that it is there',
    async hold({ store }) {
      ok(store.kind.length > 0)
      for (const weakness of store.weaknesses) ok(weakness.length > 0)
      await store.ping()
    },
  },
  {
    title: KEPT,
    async hold({ store, reopen, leaseMs }) {
      ok(reopen, 'the bench has no way to open it again')
      const writes = ['a', 'b', 'c'].map((gid) => writeOf({ gid, labels: { gid }, state: gid }))
      const ended = endedWriteOf({ gid: 'ended' })
      await put(store, ended)
      await store.sweep({ endedBefore: FAR_OFF, tombstonesBefore: 0, limit: 1 })
      await put(store, ...writes)
      await put(store, writeOf({ gid: 'b', expect: 1, owner: 'someone', state: 'second' }))
      await store.register('x', leaseMs * 100)
      const claimed = await store.claim({ incarnation: 'x', applications: [''], limit: 1, writeId: 'claim' })
      const again = await reopen()
      const rows = await again.read(['a', 'b', 'c'])
      deepEqual(rows[0], claimed[0])
      equal(rows[1]?.state, 'second')
      deepEqual(rows[2], rowOf(writeOf({ gid: 'c', labels: { gid: 'c' }, state: 'c' })))
      equal((await again.readTombstones(['ended']))[0]?.content, ended.content)
      deepEqual(await gidsOf(again, { label: { key: 'gid', value: 'a' } }), ['a'])
      deepEqual(await gidsOf(again, {}), ['c', 'b', 'a'])
    },
  },
  {
    title: STARTED_AGAIN,
    async hold({ store, reopen, leaseMs }) {
      ok(reopen, 'the bench has no way to open it again')
      const { now: before } = await store.register('before', leaseMs * 1_000)
      await put(
        store,
        writeOf({ owner: 'before', dueAt: FAR_OFF }),
        writeOf({ gid: 'other', createdAt: LONG_AGO }),
      )
      const again = await reopen()
      equal((await again.heartbeat('before', leaseMs)).alive, false)
      const { now } = await again.register('after', leaseMs * 1_000)
      ok(now >= before)
      const rows = await again.claim({ incarnation: 'after', applications: [''], limit: 9, writeId: 'claim' })
      deepEqual(
        rows.map(({ gid }) => gid),
        ['other', 'order-17'],
      )
    },
  },
]
