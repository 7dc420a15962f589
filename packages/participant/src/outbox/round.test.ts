import { expect, it } from 'vitest'
import { withinBytes } from './round.ts'

const head = (id: string, lane: number, bytes: number) => ({ id, lane, bytes, place: Number(id) })

it('a round reads of each lane what comes to its share, in its order, and one event however large it is', () => {
  const heads = [
    head('1', 1, 40),
    head('2', 1, 60),
    head('3', 1, 1),
    head('4', 2, 500),
    head('5', 2, 1),
    head('6', 3, 60),
    head('7', 3, 60),
    // Smaller, but behind one that has no room.
    head('8', 3, 10),
  ]
  expect(withinBytes(heads, 100)).toEqual(['1', '2', '4', '6'])
  expect(withinBytes([], 100)).toEqual([])
})
