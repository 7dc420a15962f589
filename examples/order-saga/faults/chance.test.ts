import { expect, it } from 'vitest'
import { dealt, exponential, seededChance } from './chance.ts'

it('the same seed draws the same numbers, another seed others', () => {
  const drawn = (seed: number): number[] => Array.from({ length: 5 }, seededChance(seed))
  expect(drawn(7)).toEqual(drawn(7))
  expect(drawn(7)).not.toEqual(drawn(8))
  for (const number of drawn(7)) {
    expect(number).toBeGreaterThanOrEqual(0)
    expect(number).toBeLessThan(1)
  }
})

it('waits are as long on average as they are to be', () => {
  const chance = seededChance(1)
  const waits = Array.from({ length: 10_000 }, () => exponential(chance, 100))
  expect(waits.reduce((sum, each) => sum + each) / waits.length).toBeCloseTo(100, -1)
})

it('each card comes as often as it is in the deck before any comes again', () => {
  const next = dealt(['a', 'a', 'b'], seededChance(1))
  const drawn = Array.from({ length: 6 }, next)
  expect(drawn.slice(0, 3).toSorted()).toEqual(['a', 'a', 'b'])
  expect(drawn.slice(3).toSorted()).toEqual(['a', 'a', 'b'])
})
