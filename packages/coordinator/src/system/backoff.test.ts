import { expect, it } from 'vitest'
import { Backoff } from './backoff.ts'

it('doubles with each failure up to its cap, and begins again behind a success', () => {
  const backoff = new Backoff(20, 1_000)
  const waited = Array.from({ length: 2_000 }, () => backoff.next())
  expect(waited.slice(0, 8)).toEqual([20, 40, 80, 160, 320, 640, 1_000, 1_000])
  expect(new Set(waited.slice(6))).toEqual(new Set([1_000]))
  backoff.reset()
  expect(backoff.next()).toBe(20)
})
