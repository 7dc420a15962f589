import { expect, it } from 'vitest'
import { seededChance } from '../../src/faults.ts'
import { dealt } from './deck.ts'

it('each card comes as often as it is in the deck before any comes again, in an order that the seed decides', () => {
  const round = (seed: number): string[] => {
    const next = dealt(['a', 'a', 'b', 'c'], seededChance(seed))
    return Array.from({ length: 8 }, next)
  }
  const drawn = round(1)
  expect(drawn.slice(0, 4).toSorted()).toEqual(['a', 'a', 'b', 'c'])
  expect(drawn.slice(4).toSorted()).toEqual(['a', 'a', 'b', 'c'])
  expect(round(1)).toEqual(drawn)
  expect(new Set([1, 2, 3, 4, 5].map((seed) => round(seed).join(''))).size).toBeGreaterThan(1)
})
