import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given } from '../../test/story.ts'
import { callOf } from './call.ts'

const message = (...branches: Parameters<typeof given>[0]['branches']) =>
  given({ ...fieldsOf('message'), branches })

describe('the calls that a commit makes', () => {
  it('hand results on from one to the next', () => {
    const story = message(
      branchOf('message', 'b', { payload: { $result: 'a', pointer: '/id' } }),
      branchOf('message', 'a'),
    )
    expect(story.callAndAnswer('done', { result: { id: 7 } })).toEqual(['a action'])
    expect(story.decided).toBe(true)
    expect(story.due).toEqual(['b action'])
    expect(callOf(story.transaction, 'b', 'action').body).toBe(7)
  })

  it('are made in order, also where some have nothing to call', () => {
    const story = message(
      branchOf('message', 'd', { after: ['c'] }),
      { branchId: 'c', after: ['b'] },
      { branchId: 'b', after: ['a'] },
      branchOf('message', 'a'),
    )
    expect(story.callDue()).toEqual(['a action'])
    expect(story.statuses).toBe('PREPARED PREPARED PREPARED PREPARED')
    story.answer('a', 'done')
    expect(story.statuses).toBe('PREPARED CONFIRMED CONFIRMED CONFIRMED')
    expect(story.due).toEqual(['d action'])
  })

  it('are none where nothing is to be called, whatever the order', () => {
    const story = message({ branchId: 'c', after: ['b'] }, { branchId: 'b', after: ['a'] }, { branchId: 'a' })
    expect(story.status).toBe('COMMITTED')
    expect(story.statuses).toBe('CONFIRMED CONFIRMED CONFIRMED')
  })

  it('are each made at most once at a time, and no more when they are done', () => {
    const story = given({ mode: 'xa', branches: [branchOf('xa', 'a'), branchOf('xa', 'b')] })
    story.callAndAnswer('done')
    expect(story.callDue()).toEqual(['a commit', 'b commit'])
    expect(story.due).toEqual([])
    expect(story.answer('a', 'done').due).toEqual([])
    expect(story.statuses).toBe('CONFIRMED SUCCEED')
  })
})
