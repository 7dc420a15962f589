import { describe, expect, it } from 'vitest'
import { nearestName } from './nearest-name.ts'

const KNOWN = ['gid', 'branch_id', 'payload', 'undo_payload', 'wait']

describe('the nearest known name', () => {
  it('is found through slips, swaps and other ways to write the same', () => {
    expect(nearestName('pyaload', KNOWN)).toBe('payload')
    expect(nearestName('branchId', KNOWN)).toBe('branch_id')
    expect(nearestName('BRANCH-ID', KNOWN)).toBe('branch_id')
    expect(nearestName('undopayload', KNOWN)).toBe('undo_payload')
    expect(nearestName('gidd', KNOWN)).toBe('gid')
  })

  it('is not guessed when nothing is near', () => {
    expect(nearestName('colour', KNOWN)).toBeUndefined()
    expect(nearestName('x'.repeat(100_000), KNOWN)).toBeUndefined()
    expect(nearestName('', KNOWN)).toBeUndefined()
    expect(nearestName('gid', [])).toBeUndefined()
  })
})
