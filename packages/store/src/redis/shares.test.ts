import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sharesOf } from './shares.ts'

describe('the shares of several lists', () => {
  it('are what of each belongs to the first of all', () => {
    expect(sharesOf([['1', '4', '5'], [], ['2', '3', '9']], 4)).toEqual([2, 0, 2])
    expect(sharesOf([['1'], ['2']], 9)).toEqual([1, 1])
    expect(sharesOf([['1'], ['2']], 0)).toEqual([0, 0])
  })

  it('are as many as asked for, if there are as many', () => {
    const lists = fc.array(fc.array(fc.stringMatching(/^\d$/)).map((list) => list.sort()))
    fc.assert(
      fc.property(lists, fc.nat(20), (all, limit) => {
        const sum = sharesOf(all, limit).reduce((total, share) => total + share, 0)
        expect(sum).toBe(Math.min(limit, all.flat().length))
      }),
    )
  })
})
