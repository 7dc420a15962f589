import { describe, expect, it } from 'vitest'
import { median } from './median.ts'

describe('the median', () => {
  it('is the middle value, whatever the order and however far off the others are', () => {
    expect(median([1_000, 2, 1])).toBe(2)
    expect(median([4])).toBe(4)
  })

  it('lies between the two middle values of an even number', () => {
    expect(median([10, 1, 2, 4])).toBe(3)
  })

  it('is not a number when there is nothing to choose from', () => {
    expect(median([])).toBeNaN()
  })
})
