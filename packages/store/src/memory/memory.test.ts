import { MEMORY_EXEMPTS, openMemoryBench, storeConformance } from '@assent/testkit/conformance/store'
import { describe, it } from 'vitest'

describe('the store in memory', () => {
  for (const { title, exempt, run } of storeConformance(openMemoryBench, MEMORY_EXEMPTS)) {
    it.skipIf(exempt)(exempt ? `${title} (not here: ${exempt})` : title, run)
  }
})
