import { describe, expect, it } from 'vitest'
import { WORKS } from '../works.ts'
import { complaintsAbout, type Tally } from './tally.ts'

const [transfer, refusal, nothing] = WORKS as [(typeof WORKS)[0], (typeof WORKS)[0], (typeof WORKS)[0]]
const each = (sagas: number) => ({ calls: sagas, sagas })

describe('what the participant saw', () => {
  it('is right where every saga made each of its calls once', () => {
    expect(complaintsAbout(transfer, 3, { first: each(3), second: each(3) })).toEqual([])
    expect(complaintsAbout(refusal, 3, { first: each(3), refused: each(3), undo: each(3) })).toEqual([])
    expect(complaintsAbout(nothing, 3, {})).toEqual([])
  })

  it.each<[string, Tally, string]>([
    ['a saga ended without a step', { first: each(3), second: each(2) }, '2 called second'],
    ['a step was never called', { first: each(3) }, '0 called second'],
    [
      'a step was repeated where another was lost',
      { first: each(3), second: { calls: 3, sagas: 2 } },
      'second was called 3 times for 2 sagas',
    ],
    [
      'what was done is undone',
      { first: each(3), second: each(3), undo: each(1) },
      'undo was called 1 times',
    ],
  ])('is complained about where %s', (_what, tally, complaint) => {
    expect(complaintsAbout(transfer, 3, tally).join('\n')).toContain(complaint)
  })

  it('is complained about where a refused saga left its first step standing', () => {
    const tally = { first: each(3), refused: each(3), undo: each(2) }
    expect(complaintsAbout(refusal, 3, tally)).toEqual(['3 sagas ended, and 2 called undo'])
  })
})
