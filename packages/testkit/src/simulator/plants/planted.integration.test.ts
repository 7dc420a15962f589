import { describe, expect, it } from 'vitest'
import { simulate } from '../simulate.ts'
import { PLANTS } from './plants.ts'

/** Within so many seeds the checker of a broken promise must have seen it. */
const SEEDS_MAX = 300

describe('a planted fault is caught by the checker of the promise that it breaks', () => {
  it.each(PLANTS.map((plant) => [plant.name, plant] as const))(
    '%s',
    { timeout: 300_000 },
    async (_, plant) => {
      for (let seed = 1; seed <= SEEDS_MAX; seed++) {
        const { violations } = await simulate(seed, plant)
        if (!violations.some(({ promise }) => plant.breaks.includes(promise))) continue
        // The same seed is clean without the fault, so that it is the fault which was seen.
        expect((await simulate(seed)).violations).toEqual([])
        return
      }
      expect.fail(`nobody saw it in ${SEEDS_MAX} seeds`)
    },
  )
})

describe('the planted faults', () => {
  it('leave no promise unbroken', () => {
    const broken = new Set(PLANTS.flatMap((plant) => plant.breaks))
    expect([...broken].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})
