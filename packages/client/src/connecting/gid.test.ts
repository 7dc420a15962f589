import { ID_PATTERN } from '@assent/contract'
import { expect, it } from 'vitest'
import { newGid } from './gid.ts'

it('a gid is a UUID of version 7, and an id as the API takes it', () => {
  const gids = Array.from({ length: 1_000 }, () => newGid())
  expect(new Set(gids).size).toBe(1_000)
  for (const gid of gids) {
    expect(gid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(gid).toMatch(ID_PATTERN)
  }
})

it('a later gid sorts behind an earlier one', () => {
  const at = (time: number) => newGid(time)
  expect([at(1), at(2), at(1_700_000_000_000), at(1_700_000_000_001)].sort()[3]).toMatch(/^018bcfe5-6801-7/)
  expect(at(1) < at(2)).toBe(true)
})
