import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sortableTime, timeOf } from './sortable-time.ts'

const times = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
)

describe('a time as text', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(times, (time) => {
        expect(timeOf(sortableTime(time))).toBe(time)
      }),
    )
    expect(Object.is(timeOf(sortableTime(-0)), 0)).toBe(true)
  })

  it('sorts as the numbers do', () => {
    fc.assert(
      fc.property(times, times, (one, other) => {
        const [left, right] = [sortableTime(one), sortableTime(other)]
        expect(Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)))).toBe(Math.sign(one - other))
        // With what follows it in a sorted set.
        expect(Buffer.from(`${left}\0a`) < Buffer.from(`${right}\0b`)).toBe(one <= other)
      }),
    )
  })

  it('is made of digits alone, the number itself at the end', () => {
    expect(sortableTime(1_700_000_000_000)).toBe('631700000000000')
    fc.assert(
      fc.property(times, (time) => {
        expect(sortableTime(time)).toMatch(/^\d{3,18}$/)
      }),
    )
  })
})
