import { type Mode, RESULT_MAX_BYTES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, givenSaga, type Story } from '../../test/story.ts'
import { columnsOf } from './columns.ts'
import { attentionOf } from './view.ts'

const attention = (story: Story) => attentionOf(story.transaction)
const shown = (story: Story) => columnsOf(story.transaction, story.now).attention

function commitInFlight(mode: Mode): Story {
  const story = given({ mode, branches: [branchOf(mode, 'a')] })
  story.callAndAnswer('done')
  story.callDue()
  return story
}

describe('attention', () => {
  it.each(['unknown', 'ongoing'] as const)(
    'is raised on what must finish and is %s for too long',
    (outcome) => {
      const story = commitInFlight('tcc').answer('a', outcome)
      story.pass(299_999)
      expect(attention(story)).toBeUndefined()
      story.pass(1)
      expect(attention(story)).toEqual({
        branchId: 'a',
        op: 'confirm',
        reason: 'UNFINISHED',
        since: story.now,
      })
      expect(shown(story)).toBe(true)
    },
  )

  it('is raised while the call is in flight, and is not forgotten by whoever sleeps', () => {
    const story = commitInFlight('tcc')
    expect(story.wakeAt).toBe(story.now + 300_000)
    expect(attention(story.pass(300_000))).toMatchObject({ reason: 'UNFINISHED' })
    expect(story.wakeAt).toBeNull()
  })

  it('changes nothing about the calls, which go on at the capped interval', () => {
    const story = commitInFlight('tcc')
    for (let count = 0; count < 20; count++) {
      story.answer('a', 'unknown').pass(60_000)
      expect(story.callDue()).toEqual(['a confirm'])
    }
    expect(attention(story)).toMatchObject({ reason: 'UNFINISHED' })
  })

  it.each(['done', 'resolved'])('is lowered when the call is %s', (how) => {
    const story = commitInFlight('tcc').pass(300_000)
    if (how === 'done') story.answer('a', 'done')
    else story.resolve('a', 'confirm', 'done')
    expect(attention(story)).toBeUndefined()
    expect(shown(story)).toBe(false)
  })

  it('keeps its reason and its time until then', () => {
    const story = commitInFlight('tcc').answer('a', 'refused')
    const raised = attention(story)
    expect(raised).toMatchObject({ reason: 'REFUSED_IN_PHASE_TWO', since: story.now })
    story.pass(60_000).callDue()
    story.answer('a', 'unknown').pass(300_000).callDue()
    expect(attention(story)).toEqual(raised)
    expect(attention(story.answer('a', 'refused'))).toEqual(raised)
  })

  it('is never raised on phase one, which has a deadline', () => {
    const story = given({
      mode: 'tcc',
      branches: [branchOf('tcc', 'a')],
      options: { timeoutToFailMs: 1_000_000 },
    })
    story.callAndAnswer('unknown')
    expect(attention(story.pass(999_999))).toBeUndefined()
  })

  it('is raised on a pivot without undo that does not answer', () => {
    const story = givenSaga({ branchId: 'p', action: 'http://p/', pivot: true })
    story.callAndAnswer('unknown')
    expect(attention(story.pass(300_000))).toMatchObject({ branchId: 'p', op: 'action', reason: 'NO_ANSWER' })
  })

  it('is raised on a query that does not answer, and lowered by an abort', () => {
    const story = givenOpen(fieldsOf('message'), branchOf('message', 'a')).pass(60_000)
    story.callAndAnswer('unknown')
    expect(attention(story.pass(299_999))).toBeUndefined()
    expect(attention(story.pass(1))).toEqual({ op: 'query', reason: 'NO_ANSWER', since: story.now })
    expect(attention(story.abort())).toBeUndefined()
  })

  it('is raised at once on a commit call without a result that it needs, until a person says how it ended', () => {
    const reader = branchOf('tcc', 'b', {
      drivenBy: 'application',
      payload: { $result: 'a', pointer: '/id' },
    })
    const story = givenOpen({ mode: 'tcc' }, branchOf('tcc', 'a', { drivenBy: 'application' }), reader)
    story.report('a', 'done', { result: {} }).report('b', 'done').submit()
    expect(story.callAndAnswer('done')).toEqual(['a confirm'])
    expect(attention(story)).toMatchObject({ branchId: 'b', op: 'confirm', reason: 'RESULT_MISSING' })
    const raised = attention(story)
    expect(story.claim().retry().pass(300_000).due).toEqual([])
    expect(attention(story)).toEqual(raised)
    expect(story.resolve('b', 'confirm', 'done').status).toBe('COMMITTED')
  })

  it('is raised at once on a follower without a result that it needs', () => {
    const story = given({
      ...fieldsOf('message'),
      branches: [branchOf('message', 'a'), branchOf('message', 'b', { payload: { $result: 'a' } })],
    })
    story.callAndAnswer('done', { result: 'x'.repeat(RESULT_MAX_BYTES) })
    expect(attention(story)).toMatchObject({ branchId: 'b', op: 'action', reason: 'RESULT_MISSING' })
    expect(story.due).toEqual([])
    expect(story.wakeAt).toBeNull()
    expect(story.resolve('b', 'action', 'done').status).toBe('COMMITTED')
  })

  it('shows the oldest of what stands', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a'), branchOf('tcc', 'b')] })
    story.callAndAnswer('done')
    story.callDue()
    story.answer('b', 'refused').pass(1).answer('a', 'refused')
    expect(attention(story)).toMatchObject({ branchId: 'b' })
  })

  it('is raised on a store that showed an older state than it had acknowledged, until the end', () => {
    const story = commitInFlight('tcc').when({ type: 'went-back' })
    expect(story.decided).toBe(true)
    expect(attention(story)).toEqual({ reason: 'ROW_WENT_BACK', since: story.now })
    expect(story.answer('a', 'done').status).toBe('COMMITTED')
    expect(attention(story)).toBeUndefined()
    expect(shown(story)).toBe(false)
  })
})

it('an alarm about the whole transaction hides no call that waits for a person', () => {
  const story = commitInFlight('tcc').when({ type: 'went-back' })
  story.now += 1
  expect(attention(story.answer('a', 'refused'))).toMatchObject({ reason: 'REFUSED_IN_PHASE_TWO' })
})

describe('attention on a definition that is missing', () => {
  const missing = (story: Story) => story.hold('a', 'DEFINITION_MISSING')

  it('is raised at once, in phase one too', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    expect(attention(missing(story))).toEqual({
      branchId: 'a',
      op: 'action',
      reason: 'DEFINITION_MISSING',
      since: story.now,
    })
  })

  it('is lowered as soon as the call can be made', () => {
    const story = commitInFlight('tcc')
    missing(story).pass(100).callDue()
    expect(attention(story)).toMatchObject({ reason: 'DEFINITION_MISSING' })
    story.answer('a', 'unknown')
    expect(attention(story)).toBeUndefined()
    expect(attention(story.pass(300_000))).toMatchObject({ reason: 'UNFINISHED' })
  })

  it('does not outlive the transaction', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    missing(story).abort()
    expect(story.status).toBe('ABORTED')
    expect(attention(story)).toBeUndefined()
    expect(shown(story)).toBe(false)
    expect(story.branch('a').open).toBeUndefined()
  })
})
