import { describe, expect, it } from 'vitest'
import { jsonPath } from './json-path.ts'

describe('a place in JSON', () => {
  it('is written as people write it', () => {
    expect(jsonPath(['branches', 2, 'after', 0])).toBe('branches[2].after[0]')
    expect(jsonPath([])).toBe('')
    expect(jsonPath([0])).toBe('[0]')
  })

  it('quotes names that would be misread, and cuts those that would fill the page', () => {
    expect(jsonPath(['labels', 'a b'])).toBe('labels["a b"]')
    expect(jsonPath(['labels', '\u0000'])).toBe('labels["\\u0000"]')
    expect(jsonPath(['x'.repeat(1_000_000)]).length).toBeLessThan(100)
  })
})
