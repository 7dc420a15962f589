import { expect, it } from 'vitest'
import { seldom } from './seldom.ts'

it('what is said seldom is said at once, then once in its time with how often it was not said, each by itself', () => {
  let now = 0
  const passes = seldom(10_000, () => now)
  expect(passes('write')).toBe(0)
  expect(passes('claim')).toBe(0)
  for (now = 1_000; now < 10_000; now += 1_000) expect(passes('write')).toBeUndefined()
  now = 10_000
  expect(passes('write')).toBe(9)
  now = 30_000
  expect([passes('write'), passes('claim')]).toEqual([0, 0])
})
