import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hash32, traceparent } from './hash.ts'

describe('hash32', () => {
  it('is a whole number of 32 bits, the same for the same text', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, seed) => {
        const hash = hash32(text, seed)
        expect(hash).toBe(hash32(text, seed))
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true)
      }),
    )
  })

  it('is even over its range for texts that differ little', () => {
    const buckets = new Array(16).fill(0)
    for (let index = 0; index < 16_000; index++) buckets[hash32(`gid-${index}/a/1`) >>> 28]++
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(200)
  })
})

describe('traceparent', () => {
  it('is a W3C trace context: one trace for a gid, one span for an attempt, neither of them zero', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (gid, one, other) => {
        const context = traceparent(gid, one)
        expect(context).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
        expect(context).not.toMatch(/-0+-/)
        expect(traceparent(gid, other).slice(0, 36)).toBe(context.slice(0, 36))
      }),
    )
    expect(traceparent('g', 'a/1')).not.toBe(traceparent('g', 'a/2'))
    expect(traceparent('g', 'a')).not.toBe(traceparent('h', 'a'))
  })
})
