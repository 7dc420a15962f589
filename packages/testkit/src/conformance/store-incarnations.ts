import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Store } from '@assent/engine'
import type { StorePromise } from './store-bench.ts'
import { put, writeOf } from './store-rows.ts'

/** A claim that takes whatever may be taken. */
function claimAll(store: Store, incarnation: string): ReturnType<Store['claim']> {
  return store.claim({ incarnation, applications: [''], limit: 100, writeId: `claim-${incarnation}` })
}

/** Leases, and that none is ever revived. */
export const storeIncarnations: readonly StorePromise[] = [
  {
    title: 'a registered incarnation is alive, and each heartbeat renews its lease',
    async hold({ store, leaseMs, advance }) {
      await store.register('a', leaseMs)
      for (let beat = 0; beat < 4; beat += 1) {
        await advance(leaseMs / 2)
        equal((await store.heartbeat('a', leaseMs)).alive, true)
      }
    },
  },
  {
    title: 'an incarnation whose lease ran out is never alive again, whatever it does',
    async hold({ store, leaseMs, advance }) {
      await put(store, writeOf())
      await store.register('a', leaseMs)
      await advance(leaseMs * 1.2)
      equal((await store.heartbeat('a', leaseMs * 100)).alive, false)
      equal((await store.heartbeat('a', leaseMs * 100)).alive, false)
      await store.register('a', leaseMs * 100)
      equal((await store.heartbeat('a', leaseMs * 100)).alive, false)
      deepEqual(await claimAll(store, 'a'), [])
    },
  },
  {
    title: 'an incarnation that retired is never alive again, and may retire once more',
    async hold({ store, leaseMs }) {
      await put(store, writeOf())
      await store.register('a', leaseMs * 100)
      await store.retire('a')
      await store.retire('a')
      equal((await store.heartbeat('a', leaseMs)).alive, false)
      await store.register('a', leaseMs)
      equal((await store.heartbeat('a', leaseMs)).alive, false)
      deepEqual(await claimAll(store, 'a'), [])
    },
  },
  {
    title: 'an incarnation that was never registered is not alive, and claims nothing',
    async hold({ store, leaseMs }) {
      await put(store, writeOf())
      equal((await store.heartbeat('a', leaseMs)).alive, false)
      deepEqual(await claimAll(store, 'a'), [])
      await store.retire('b')
      equal((await store.heartbeat('b', leaseMs)).alive, false)
    },
  },
  {
    title: 'a registration whose answer got lost may be repeated while its lease runs',
    async hold({ store, leaseMs, advance }) {
      await store.register('a', leaseMs)
      await advance(leaseMs / 2)
      await store.register('a', leaseMs)
      await advance(leaseMs * 0.7)
      equal((await store.heartbeat('a', leaseMs)).alive, true)
    },
  },
  {
    title: 'incarnations live and end apart from one another',
    async hold({ store, leaseMs, advance }) {
      await store.register('a', leaseMs)
      await store.register('ab', leaseMs * 100)
      await advance(leaseMs * 1.2)
      await store.retire('b')
      equal((await store.heartbeat('ab', leaseMs * 100)).alive, true)
      equal((await store.heartbeat('a', leaseMs)).alive, false)
    },
  },
  {
    title: "the store's time is epoch milliseconds, passes, and never goes backwards",
    async hold({ store, leaseMs, advance }) {
      const { now: began } = await store.register('a', leaseMs * 100)
      ok(Number.isSafeInteger(began))
      ok(Math.abs(began - Date.now()) < 60_000, `${began} is not about now`)
      let last = began
      for (let step = 0; step < 5; step += 1) {
        await advance(10)
        const { now } = await store.heartbeat('a', leaseMs * 100)
        ok(now >= last)
        last = now
      }
      ok(last >= began + 40, `${last - began} ms passed instead of 50`)
    },
  },
]
