import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelsKept, labelsToKeep } from './labels.ts'

describe('labels to keep', () => {
  it('come back as they were, and are JSON that holds no U+0000 and no half of a pair, escaped or not', () => {
    const text = fc.string({ unit: 'binary' })
    const odd = fc.constantFrom('', '\u0000', '\ud800', '\ufdd00000', '"\\u0000"', '__proto__', 'constructor')
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(text, odd), fc.oneof(text, odd)), (given) => {
        const labels = Object.fromEntries(Object.entries(given))
        const kept = labelsToKeep(labels)
        expect(labelsKept(kept)).toEqual(labels)
        expect(kept?.isWellFormed()).not.toBe(false)
        for (const part of Object.entries(JSON.parse(kept ?? '{}')).flat() as string[]) {
          expect(part).not.toContain('\u0000')
          expect(part.isWellFormed()).toBe(true)
        }
      }),
    )
  })

  it('are null when there are none', () => {
    expect(labelsToKeep({})).toBeNull()
    expect(labelsKept(null)).toEqual({})
  })
})
