import { type StoreBench, storeConformance } from '@assent/testkit/conformance/store'
import { describe, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { shiftedClock } from '../../test/shifted-worker.ts'
import { sqlite } from './store.ts'

async function open(): Promise<StoreBench> {
  const directory = await temporaryDirectory()
  const { advance, createWorker } = shiftedClock()
  let store = sqlite({ directory: directory.path, createWorker })
  await store.open()
  return {
    store,
    leaseMs: 60_000,
    advance: async (ms) => advance(ms),
    async reopen() {
      await store.close()
      store = sqlite({ directory: directory.path, createWorker })
      await store.open()
      return store
    },
    async close() {
      await store.close()
      await directory.remove()
    },
  }
}

describe('the SQLite store', () => {
  for (const { title, exempt, run } of storeConformance(open)) it.skipIf(exempt)(title, run)
})
