import { describe, expect, it } from 'vitest'
import { ARROWS } from './table.ts'
import { readTree } from './tree.ts'
import { violationsIn } from './violations.ts'

describe('the imports of this repository', () => {
  it('follow the table of arrows and form no circle', async () => {
    const tree = await readTree()
    expect(tree.sources.size).toBeGreaterThan(0)
    expect(violationsIn(tree)).toEqual([])
  })
})

describe('the table of arrows', () => {
  it('names only rooms that it has a row for', () => {
    const named = Object.values(ARROWS).flatMap((row) => row.mayImport.map((room) => room.split('/')[0]))
    expect(named.filter((room) => !Object.hasOwn(ARROWS, room ?? ''))).toEqual([])
  })

  it('has no circle of rooms', () => {
    const ranked: string[] = []
    let waiting = Object.keys(ARROWS)
    while (waiting.length > 0) {
      const free = waiting.filter((room) =>
        ARROWS[room]!.mayImport.every((target) => ranked.includes(target.split('/')[0]!)),
      )
      expect(free, `a circle among ${waiting}`).not.toEqual([])
      ranked.push(...free)
      waiting = waiting.filter((room) => !free.includes(room))
    }
  })
})
