import { ID_PATTERN } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { systemIdentity } from './identity.ts'

describe('gids', () => {
  it('are UUIDv7: the time first, version and variant in their places', () => {
    for (let count = 0; count < 2_000; count++) {
      const gid = systemIdentity.newGid(1_700_000_000_000 + count)
      expect(gid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(gid).toMatch(ID_PATTERN)
      expect(Number.parseInt(gid.replaceAll('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000 + count)
    }
  })

  it('are not given twice within one millisecond', () => {
    const gids = new Set(Array.from({ length: 10_000 }, () => systemIdentity.newGid(1)))
    expect(gids.size).toBe(10_000)
  })
})
