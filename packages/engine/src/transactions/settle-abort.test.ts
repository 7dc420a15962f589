import { describe, expect, it } from 'vitest'
import { branchOf, givenOpen } from '../../test/story.ts'

const application = { drivenBy: 'application' } as const

describe('the undo of a transaction that was never submitted', () => {
  it('runs dependants first, as `after` says', () => {
    const story = givenOpen(
      { mode: 'tcc' },
      branchOf('tcc', 'a', application),
      branchOf('tcc', 'b', { ...application, after: ['a'] }),
      branchOf('tcc', 'c', { ...application, after: ['b'] }),
    ).abort()
    expect(story.callAndAnswer('done')).toEqual(['c cancel'])
    expect(story.callAndAnswer('done')).toEqual(['b cancel'])
    expect(story.callAndAnswer('done')).toEqual(['a cancel'])
    expect(story.status).toBe('ABORTED')
  })

  it('runs dependants first, as results handed on imply', () => {
    const story = givenOpen(
      { mode: 'tcc' },
      branchOf('tcc', 'a', application),
      branchOf('tcc', 'b', { ...application, payload: { $result: 'a' } }),
    ).pass(60_000)
    expect(story.callAndAnswer('done')).toEqual(['b cancel'])
    expect(story.callAndAnswer('done')).toEqual(['a cancel'])
  })

  it('runs in reverse where the order is sequential', () => {
    const story = givenOpen(
      { mode: 'tcc', options: { order: 'sequential' } },
      branchOf('tcc', 'a', application),
      branchOf('tcc', 'b', application),
    ).abort()
    expect(story.callAndAnswer('done')).toEqual(['b cancel'])
    expect(story.callAndAnswer('done')).toEqual(['a cancel'])
  })

  it('is not held up by an `after` that names a branch which never came', () => {
    const story = givenOpen({ mode: 'tcc' }, branchOf('tcc', 'a', { ...application, after: ['z'] })).abort()
    expect(story.due).toEqual(['a cancel'])
  })

  it('runs against the order of registration where `after` goes round in a circle', () => {
    const story = givenOpen(
      { mode: 'tcc' },
      branchOf('tcc', 'a', { ...application, after: ['b'] }),
      branchOf('tcc', 'b', { ...application, after: ['a'] }),
      branchOf('tcc', 'c', application),
    ).abort()
    expect(story.callAndAnswer('done')).toEqual(['c cancel'])
    expect(story.callAndAnswer('done')).toEqual(['b cancel'])
    expect(story.callAndAnswer('done')).toEqual(['a cancel'])
    expect(story.status).toBe('ABORTED')
  })

  it('leaves out no branch that is listed behind a pivot, though it could never have been submitted', () => {
    const story = givenOpen(
      {},
      branchOf('saga', 'a', application),
      branchOf('saga', 'p', { pivot: true }),
      branchOf('saga', 'b', application),
    ).abort()
    expect(story.callAndAnswer('done')).toEqual(['b compensate'])
    expect(story.callAndAnswer('done')).toEqual(['a compensate'])
    expect(story.status).toBe('ABORTED')
  })
})
