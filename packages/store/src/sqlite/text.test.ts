import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textKept, textToKeep } from './text.ts'

describe('text to keep', () => {
  it('comes back as it was, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        const text = String.fromCharCode(...units)
        expect(textKept(textToKeep(text))).toBe(text)
      }),
    )
  })

  it('is the text itself wherever UTF-8 can hold it', () => {
    for (const text of ['', 'plain', 'Zoë 漢字 \u{1f600}', '{"a":"\\u0000"}'])
      expect(textToKeep(text)).toBe(text)
  })

  it('is never the same for two texts', () => {
    expect(textToKeep('\ud800')).not.toEqual(textToKeep('\ufffd'))
    expect(textToKeep('a\u0000')).not.toEqual(textToKeep('a'))
  })
})
