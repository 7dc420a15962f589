import type { StoreBench, StoreExempt, StoreTest } from './store-bench.ts'
import { storeClaims } from './store-claims.ts'
import { storeEndings } from './store-endings.ts'
import { storeIncarnations } from './store-incarnations.ts'
import { storeKeeping } from './store-keeping.ts'
import { storeListing } from './store-listing.ts'
import { storeModel } from './store-model.ts'
import { storeOwned } from './store-owned.ts'
import { storePaging } from './store-paging.ts'
import { storeSizes } from './store-sizes.ts'
import { storeTexts } from './store-texts.ts'
import { storeWrites } from './store-writes.ts'

export type { StoreBench, StoreExempt, StorePromise, StoreTest } from './store-bench.ts'
export { MEMORY_EXEMPTS, openMemoryBench } from './store-memory-bench.ts'

/**
 * Every promise of the store port as a test of this store, for whichever test runner:
 *
 *     for (const { title, exempt, run } of storeConformance(open)) it.skipIf(exempt)(title, run)
 *
 * `open` makes a new, empty bench for each test. Throws for an exemption from a promise that the suite doesn't
 * have.
 */
export function storeConformance(
  open: () => Promise<StoreBench>,
  exempts: readonly StoreExempt[] = [],
): readonly StoreTest[] {
  const promises = [
    ...storeWrites,
    ...storeTexts,
    ...storeSizes,
    ...storeListing,
    ...storePaging,
    ...storeIncarnations,
    ...storeClaims,
    ...storeOwned,
    ...storeEndings,
    ...storeKeeping,
    ...storeModel,
  ]
  const stray = exempts.find(({ title }) => !promises.some((promise) => promise.title === title))
  if (stray) throw new Error(`no promise is called "${stray.title}"`)
  return promises.map(({ title, hold }) => ({
    title,
    exempt: exempts.find((exempt) => exempt.title === title)?.reason,
    async run() {
      const bench = await open()
      try {
        await hold(bench, open)
      } finally {
        await bench.close()
      }
    },
  }))
}
