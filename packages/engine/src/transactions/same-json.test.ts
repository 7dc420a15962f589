import type { Json } from '@assent/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSameJson } from './same-json.ts'

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>

describe('isSameJson', () => {
  it('holds of a value and its copy', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isSameJson(value, JSON.parse(JSON.stringify(value)))).toBe(true)
      }),
    )
  })

  it('holds of two values only when their text is the same, fields in order', () => {
    const text = (value: unknown): string =>
      JSON.stringify(value, (_, inner) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
          : inner,
      )
    fc.assert(
      fc.property(json, json, (left, right) => {
        expect(isSameJson(left, right)).toBe(text(left) === text(right))
      }),
    )
  })

  it.each<[Json | undefined, Json | undefined, boolean]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{ a: null }, {}, false],
    [[], {}, false],
    [[1, 2], [2, 1], false],
    [[1], [1, null], false],
    [null, undefined, false],
    [undefined, undefined, true],
    [0, false, false],
    ['1', 1, false],
    [{ constructor: 1 }, {}, false],
    [JSON.parse('{"__proto__": 1}'), {}, false],
  ])('of %j and %j is %s', (left, right, same) => {
    expect(isSameJson(left, right)).toBe(same)
    expect(isSameJson(right, left)).toBe(same)
  })
})
