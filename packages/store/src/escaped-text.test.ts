import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapedText, unescapedText } from './escaped-text.ts'

/** Of any code units, odd ones often. */
const texts = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 0xfdd0, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0x30, 0x61),
    ),
  )
  .map((units) => String.fromCharCode(...units))

describe('escaped text', () => {
  it('comes back as it was, and is UTF-8 without U+0000', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const kept = escapedText(text)
        expect(kept.isWellFormed()).toBe(true)
        expect(kept).not.toContain('\u0000')
        expect(unescapedText(kept)).toBe(text)
      }),
    )
  })

  it('is the text itself wherever UTF-8 can hold it', () => {
    for (const text of ['', ' ', 'Zoë 漢字 \u{1f600}', '{"a":"\\u0000"}', '\uffff\ufffd\ufeff', '\\ufdd0']) {
      expect(escapedText(text)).toBe(text)
    }
  })

  it('is never the same for two texts', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        expect(escapedText(one) === escapedText(other)).toBe(one === other)
      }),
    )
    expect(escapedText('\ufdd00000')).not.toBe(escapedText('\u0000'))
  })
})
