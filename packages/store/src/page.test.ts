import { isAssentError } from '@assent/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cursorBehind, pageOf } from './page.ts'

describe('a cursor', () => {
  it('leads back to where it was made, whatever the gid', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.array(fc.integer({ min: 0, max: 0xffff })), (createdAt, units) => {
        const gid = String.fromCharCode(...units)
        expect(pageOf({ cursor: cursorBehind({ createdAt, gid }) }).after).toEqual({ createdAt, gid })
      }),
    )
  })

  it('needs no escaping in a URL', () => {
    expect(cursorBehind({ createdAt: 1_700_000_000_000, gid: '???>>>' })).toMatch(/^[A-Za-z0-9_-]+$/)
  })

  it('that nobody made is refused', () => {
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        try {
          const { after } = pageOf({ cursor })
          expect(after && cursorBehind(after)).toBe(cursor)
        } catch (error) {
          expect(isAssentError(error) && error.code).toBe('INVALID_REQUEST')
        }
      }),
    )
  })
})

describe('a page', () => {
  it('says which of its parts can not be', () => {
    expect(() => pageOf({ limit: 1_001 })).toThrow(/limit must be a whole number from 1 to 1000/)
    expect(() => pageOf({ offset: -1 })).toThrow(/offset must be a whole number, 0 or more/)
    expect(() => pageOf({ cursor: 'x' })).toThrow(/cursor is none that a listing gave/)
    const cursor = cursorBehind({ createdAt: 1, gid: 'a' })
    expect(() => pageOf({ cursor, offset: 1 })).toThrow(/offset can not be combined with cursor/)
  })
})
