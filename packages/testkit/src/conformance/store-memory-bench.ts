import type { Store } from '@assent/engine'
import { memory } from '@assent/store/memory'
import type { StoreBench } from './store-bench.ts'
import { KEPT, STARTED_AGAIN } from './store-keeping.ts'

/** A store in memory with a clock that the suite moves; `wrap` may come between the suite and the store. */
export async function openMemoryBench(wrap: (store: Store) => Store = (store) => store): Promise<StoreBench> {
  let now = Date.now()
  const store = wrap(memory({ now: () => now }))
  await store.open()
  return {
    store,
    leaseMs: 1_000,
    async advance(ms) {
      now += ms
    },
    close: () => store.close(),
  }
}

const NOTHING_KEPT = 'it lives as long as its object: there is nothing to open again'

/** What is not asked of a store in memory. */
export const MEMORY_EXEMPTS = [
  { title: KEPT, reason: NOTHING_KEPT },
  { title: STARTED_AGAIN, reason: NOTHING_KEPT },
] as const
