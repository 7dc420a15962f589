import { describe, expect, it } from 'vitest'
import { readable } from './facts/readable.ts'
import { simulate } from './simulate.ts'
import { noCounts, SITUATIONS, type Situation } from './situations/situations.ts'

const SEEDS = 400

/** In so many seeds each situation comes up at least so often; a corner that nobody comes to proves nothing. */
const LEAST = 10
const RARER: Partial<Record<Situation, number>> = {
  'batch cut in the middle': 2,
  'write that was read back as stored': 4,
  'pivot recorded, and its coordinator crashed before its answer': 2,
}

describe('a seed', () => {
  it('shows the very same run every time, to the last byte', async () => {
    for (const seed of [1, 7, 23]) {
      const first = (await simulate(seed)).trace.entries.map(readable).join('\n')
      const second = (await simulate(seed)).trace.entries.map(readable).join('\n')
      expect(first.length).toBeGreaterThan(10_000)
      expect(second).toBe(first)
    }
  })

  it('shows the same run whatever ran before it', async () => {
    const alone = (await simulate(5)).trace.entries.map(readable)
    await Promise.all([simulate(6), simulate(8)])
    expect((await simulate(5)).trace.entries.map(readable)).toEqual(alone)
  })
})

describe('the first seeds', () => {
  it('break no promise, and come to every corner', { timeout: 300_000 }, async () => {
    const counts = noCounts()
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await simulate(seed)
      expect(verdict.violations, `seed ${seed}`).toEqual([])
      for (const situation of SITUATIONS) counts[situation] += verdict.counts[situation]
    }
    const missed = SITUATIONS.filter((situation) => counts[situation] < (RARER[situation] ?? LEAST))
    expect(missed).toEqual([])
  })
})
