import { JSON_DEPTH_MAX, type Json } from '@assent/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findReferences, isPointer, isTooDeep, replaceReferences, resolvePointer } from './references.ts'

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>

describe('references in a payload', () => {
  it('are found in the order in which they stand, wherever that is', () => {
    const payload = [{ $result: 'a' }, { x: { $result: 'b', pointer: '/y' }, z: [[{ $result: 'a' }]] }]
    expect(findReferences(payload)).toEqual([
      { branchId: 'a', pointer: '' },
      { branchId: 'b', pointer: '/y' },
      { branchId: 'a', pointer: '' },
    ])
  })

  it('are not looked for within one another', () => {
    expect(findReferences({ $result: 'a', pointer: { $result: 'b' } })).toEqual([
      { branchId: 'b', pointer: '' },
    ])
  })

  it('are replaced, and the rest is shared with the payload', () => {
    const payload = { kept: { deep: [1] }, list: [{ $result: 'a' }, { other: true }] }
    const filled = replaceReferences(payload, () => 7) as typeof payload
    expect(filled).toEqual({ kept: { deep: [1] }, list: [7, { other: true }] })
    expect(filled.kept).toBe(payload.kept)
    expect(payload.list[0]).toEqual({ $result: 'a' })
  })

  it('that find nothing become null', () => {
    expect(replaceReferences([{ $result: 'a' }], () => undefined)).toEqual([null])
  })

  it('leave a payload without any as it is', () => {
    fc.assert(
      fc.property(json, (payload) => {
        fc.pre(findReferences(payload).length === 0)
        expect(replaceReferences(payload, () => 7)).toBe(payload)
      }),
    )
  })

  it('are replaced in a field of any name', () => {
    const payload = JSON.parse('{"__proto__": {"$result": "a"}}')
    expect(JSON.stringify(replaceReferences(payload, () => 7))).toBe('{"__proto__":7}')
  })
})

describe('a pointer', () => {
  /** Every pointer into a value, with what it names. */
  function pointersOf(value: Json, at = ''): [string, Json][] {
    if (typeof value !== 'object' || value === null) return [[at, value]]
    const inner = Object.entries(value).flatMap(([field, item]) =>
      pointersOf(item as Json, `${at}/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    )
    return [[at, value], ...inner]
  }

  it('names any part of any value (RFC 6901)', () => {
    fc.assert(
      fc.property(json, (value) => {
        for (const [pointer, part] of pointersOf(value)) {
          expect(isPointer(pointer)).toBe(true)
          expect(resolvePointer(value, pointer)).toBe(part)
        }
      }),
    )
  })

  it.each(['/-', '/01', '/1', '/length', '/0/x', '/ 0'])('names nothing in [7] at %j', (pointer) => {
    expect(resolvePointer([7], pointer)).toBeUndefined()
  })

  it.each(['/toString', '/__proto__', '/constructor/name'])('names nothing inherited: %j', (pointer) => {
    expect(resolvePointer({}, pointer)).toBeUndefined()
  })
})

describe('isTooDeep', () => {
  it('counts levels, whatever they are made of, and stops counting', () => {
    const nest = (depth: number): Json => {
      let value: Json = 0
      for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [1, value] : { a: 1, b: value }
      return value
    }
    expect(isTooDeep(nest(JSON_DEPTH_MAX))).toBe(false)
    expect(isTooDeep(nest(JSON_DEPTH_MAX + 1))).toBe(true)
    expect(isTooDeep(nest(200_000))).toBe(true)
    expect(isTooDeep(undefined)).toBe(false)
  })
})
