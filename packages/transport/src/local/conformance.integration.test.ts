import { LOCAL_EXEMPTS, openLocalBench, transportConformance } from '@assent/testkit/conformance/transport'
import { describe, it } from 'vitest'

describe('the local transport', () => {
  for (const { title, exempt, run } of transportConformance(openLocalBench, LOCAL_EXEMPTS)) {
    it.skipIf(exempt)(exempt ? `${title} (not here: ${exempt})` : title, run)
  }
})
