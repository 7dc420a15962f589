import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Bytes } from './record.ts'

describe('utf8Bytes', () => {
  it('is what the text takes in UTF-8, halves of surrogate pairs included', () => {
    const anyUnits = fc
      .array(
        fc.oneof(
          fc.integer({ min: 0, max: 0xffff }),
          fc.integer({ min: 0xd7ff, max: 0xe000 }),
          fc.constantFrom(0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xdbff, 0xdc00, 0xdfff),
        ),
      )
      .map((units) => String.fromCharCode(...units))
    fc.assert(
      fc.property(anyUnits, (text) => {
        expect(utf8Bytes(text)).toBe(Buffer.byteLength(text))
      }),
      { numRuns: 1_000 },
    )
  })
})
