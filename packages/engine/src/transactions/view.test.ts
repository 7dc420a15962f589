import { describe, expect, it } from 'vitest'
import { branchOf, given, givenOpen } from '../../test/story.ts'
import { columnsOf, dueAtOf } from './columns.ts'
import { viewOf } from './view.ts'

describe('a transaction as it is shown', () => {
  it('holds what it was given, where it stands and how it came there', () => {
    const story = given({
      mode: 'tcc',
      name: 'transfer',
      version: 3,
      labels: { tenant: 'a' },
      payload: { amount: 30 },
      branches: [branchOf('tcc', 'a', { payload: 1, after: ['b'] }), branchOf('tcc', 'b')],
    })
    story.callAndAnswer('done', { result: { hold: 7 } })
    story.now += 5
    story.callAndAnswer('refused', { refusal: { code: 'NO' }, status: 409 })
    expect(viewOf(story.transaction)).toEqual({
      gid: 'g',
      mode: 'tcc',
      name: 'transfer',
      version: 3,
      labels: { tenant: 'a' },
      status: 'ABORTING',
      payload: { amount: 30 },
      options: story.transaction.options,
      createdAt: story.now - 5,
      updatedAt: story.now,
      reason: 'BRANCH_REFUSED',
      failedBranch: 'a',
      refusal: { code: 'NO' },
      branches: [
        {
          ...branchOf('tcc', 'a', { payload: 1, after: ['b'] }),
          drivenBy: 'coordinator',
          status: 'FAILED',
          op: 'try',
          refusal: { code: 'NO' },
          attempts: [{ op: 'try', at: story.now, durationMs: 5, outcome: 'refused', status: 409 }],
          attemptCount: 1,
        },
        {
          ...branchOf('tcc', 'b'),
          drivenBy: 'coordinator',
          status: 'SUCCEED',
          op: 'cancel',
          result: { hold: 7 },
          attempts: [{ op: 'try', at: story.now - 5, durationMs: 5, outcome: 'done' }],
          attemptCount: 1,
        },
      ],
    })
  })

  it('shows the operation of a branch that is open, or was last', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
    const shown = () => viewOf(story.transaction).branches[0]?.op
    expect(shown()).toBeUndefined()
    story.callDue()
    expect(shown()).toBe('try')
    story.answer('a', 'done')
    expect(shown()).toBe('try')
    story.callAndAnswer('done')
    expect(shown()).toBe('confirm')
  })

  it('shows who drives a branch now, and that a result was left out', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'))
    expect(viewOf(story.transaction).branches[0]).toMatchObject({ drivenBy: 'application' })
    story.answer('a', 'ongoing').submit()
    expect(viewOf(story.transaction).branches[0]).toMatchObject({ drivenBy: 'coordinator' })
    story.callAndAnswer('done', { resultOmitted: true })
    expect(viewOf(story.transaction).branches[0]).toMatchObject({ resultOmitted: true })
  })
})

describe('what the store is told beside the state', () => {
  it('is what it needs to list and to take up', () => {
    const story = given({ name: 'transfer', labels: { a: 'b' }, branches: [branchOf('saga', 'a')] })
    expect(columnsOf(story.transaction, story.now)).toEqual({
      gid: 'g',
      status: 'SUBMITTED',
      mode: 'saga',
      name: 'transfer',
      application: '',
      labels: { a: 'b' },
      createdAt: story.now,
      updatedAt: story.now,
      dueAt: story.now,
      endedAt: null,
      attention: false,
      content: 'hash',
    })
  })

  it('says when it ended, and that it need never be taken up', () => {
    const story = given({ branches: [branchOf('saga', 'a')] })
    story.now += 9
    story.callAndAnswer('done')
    expect(columnsOf(story.transaction, story.now + 5)).toMatchObject({
      name: '',
      status: 'COMMITTED',
      dueAt: null,
      endedAt: story.now,
      updatedAt: story.now,
    })
  })

  it('has what waits for a person only looked at now and then', () => {
    const story = given({
      mode: 'message',
      query: 'http://sender/',
      branches: [branchOf('message', 'a'), branchOf('message', 'b', { payload: { $result: 'a' } })],
    })
    story.callAndAnswer('done')
    expect(story.wakeAt).toBeNull()
    expect(dueAtOf(story.transaction, story.now)).toBe(story.now + 60_000)
  })
})
