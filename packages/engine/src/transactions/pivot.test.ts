import { describe, expect, it } from 'vitest'
import { branchOf, givenOpen, givenSaga, refusalOf, type Story } from '../../test/story.ts'

const before = branchOf('saga', 'a')
const withUndo = branchOf('saga', 'p', { pivot: true })
const withoutUndo = { branchId: 'p', pivot: true, action: 'http://p/action' }
const behind = [
  { branchId: 'x', action: 'http://x/action' },
  { branchId: 'y', action: 'http://y/action', after: ['x'] },
]

/** A pivot without undo that was asked once. */
const asked = (): Story => {
  const story = givenSaga(before, withoutUndo, ...behind)
  story.callAndAnswer('done')
  story.callDue()
  return story
}

describe('a pivot', () => {
  it.each([
    ['with undo', withUndo],
    ['without undo', withoutUndo],
  ])('%s is called when all listed before it is done, and decides to commit when it is done', (_, pivot) => {
    const story = givenSaga(before, pivot, ...behind)
    expect(story.callAndAnswer('done')).toEqual(['a action'])
    expect(story.callAndAnswer('done')).toEqual(['p action'])
    expect(story.status).toBe('COMMITTING')
    expect(story.decided).toBe(true)
    expect(story.callAndAnswer('done')).toEqual(['x action'])
    expect(story.callAndAnswer('done')).toEqual(['y action'])
    expect(story.status).toBe('COMMITTED')
    expect(story.statuses).toBe('SUCCEED SUCCEED CONFIRMED CONFIRMED')
  })

  it('without a URL is done at once, and decides all the same', () => {
    const story = givenSaga(before, { branchId: 'p', pivot: true }, ...behind)
    story.callAndAnswer('done')
    expect(story.status).toBe('COMMITTING')
    expect(story.due).toEqual(['x action'])
  })

  it('makes nothing behind it undoable: that is asked until it is done', () => {
    const story = givenSaga(withUndo, ...behind)
    story.callAndAnswer('done')
    expect(refusalOf(() => story.abort())).toMatchObject({
      code: 'INVALID_STATUS_TRANSITION',
      details: { from: 'COMMITTING', to: 'ABORTING' },
    })
    story.callAndAnswer('refused')
    expect(story.pass(10_000_000).status).toBe('COMMITTING')
    expect(story.callAndAnswer('done')).toEqual(['x action'])
    story.callAndAnswer('done')
    expect(story.status).toBe('COMMITTED')
  })

  it('is not called after a refusal before it', () => {
    const story = givenSaga(before, withoutUndo, ...behind)
    story.callAndAnswer('refused')
    expect(story.transaction).toMatchObject({ status: 'ABORTED', failedBranch: 'a' })
    expect(story.statuses).toBe('FAILED PREPARED PREPARED PREPARED')
  })

  it('lets branches that the application drives come before it', () => {
    const story = givenOpen({}, branchOf('saga', 'a', { drivenBy: 'application' }), withoutUndo)
    story.report('a', 'done').submit()
    expect(story.due).toEqual(['p action'])
  })
})

describe('a pivot with undo', () => {
  it('is a branch like any other until it is done: it has its deadline, and is undone first', () => {
    const story = givenSaga(before, withUndo, ...behind)
    story.callAndAnswer('done')
    story.callAndAnswer('unknown')
    story.pass(60_000)
    expect(story.transaction).toMatchObject({ status: 'ABORTING', reason: 'DEADLINE' })
    expect(story.callAndAnswer('done')).toEqual(['p compensate'])
    expect(story.callAndAnswer('done')).toEqual(['a compensate'])
    expect(story.statuses).toBe('COMPENSATED COMPENSATED PREPARED PREPARED')
  })

  it('that is done after the decision to abort is undone', () => {
    const story = givenSaga(before, withUndo, ...behind)
    story.callAndAnswer('done')
    story.callDue()
    story.abort().answer('p', 'done')
    expect(story.status).toBe('ABORTING')
    expect(story.due).toEqual(['p compensate'])
  })

  it('is maybe done after a claim', () => {
    const story = givenSaga(before, withUndo, ...behind)
      .claim()
      .abort()
    expect(story.due).toEqual(['p compensate'])
  })
})

describe('a pivot without undo', () => {
  it('is called only when it is durable that it is about to be, all before it done', () => {
    const story = givenSaga(before, withoutUndo, ...behind)
    expect(story.branch('p').recorded).toBeUndefined()
    story.callDue()
    story.answer('a', 'done')
    expect(story.branch('p').recorded).toBe(true)
    expect(story.decided).toBe(true)
    expect(story.due).toEqual(['p action'])
  })

  it('is recorded in the write that accepts it where nothing is before it', () => {
    expect(givenSaga(withoutUndo).branch('p').recorded).toBe(true)
  })

  it('that is not recorded has not happened, claim or not', () => {
    const story = givenSaga(before, withoutUndo, ...behind).claim()
    expect(story.branch('p').maybeDone).toBe(false)
    story.abort()
    expect(story.callAndAnswer('done')).toEqual(['a compensate'])
    expect(story.status).toBe('ABORTED')
  })

  it('is not begun once the deadline has passed, though what is before it was done in the end', () => {
    const story = givenSaga(before, withoutUndo, ...behind)
    story.callDue()
    story.now += 60_000
    story.answer('a', 'done')
    expect(story.branch('p').recorded).toBeUndefined()
    expect(story.transaction).toMatchObject({ status: 'ABORTING', reason: 'DEADLINE' })
    expect(story.due).toEqual(['a compensate'])
  })

  it('outlives the deadline', () => {
    const story = asked().answer('p', 'unknown')
    story.pass(10_000_000)
    expect(story.status).toBe('SUBMITTED')
    expect(story.callAndAnswer('done')).toEqual(['p action'])
    expect(story.status).toBe('COMMITTING')
  })

  it('outlives its max_attempts', () => {
    const story = givenSaga({ ...withoutUndo, retry: { maxAttempts: 1 } })
    for (let count = 0; count < 5; count++) {
      expect(story.callAndAnswer('unknown')).toEqual(['p action'])
      expect(story.pass(60_000).status).toBe('SUBMITTED')
    }
  })

  it.each([
    ['in flight', (story: Story) => story],
    ['unknown', (story: Story) => story.answer('p', 'unknown')],
    ['ongoing', (story: Story) => story.answer('p', 'ongoing')],
    ['claimed', (story: Story) => story.claim()],
    ['held back', (story: Story) => story.hold('p')],
  ])('outlives an abort by the caller while it is %s', (_, come) => {
    const story = come(asked())
    expect(refusalOf(() => story.abort())).toMatchObject({
      code: 'INVALID_STATUS_TRANSITION',
      details: { from: 'SUBMITTED', to: 'ABORTING' },
    })
    expect(story.status).toBe('SUBMITTED')
  })

  it('is aborted by the caller while it is not recorded', () => {
    expect(givenSaga(before, withoutUndo).abort().status).toBe('ABORTED')
  })

  it.each(['unknown', 'ongoing'] as const)('has the last word when it refuses after it was %s', (outcome) => {
    const story = asked().answer('p', outcome)
    story.pass(1_000).callDue()
    story.answer('p', 'refused', { refusal: { code: 'NO' } })
    expect(story.transaction).toMatchObject({
      status: 'ABORTING',
      failedBranch: 'p',
      refusal: { code: 'NO' },
    })
    expect(story.branch('p').maybeDone).toBe(false)
    expect(story.callAndAnswer('done')).toEqual(['a compensate'])
    expect(story.status).toBe('ABORTED')
    expect(story.statuses).toBe('COMPENSATED FAILED PREPARED PREPARED')
  })

  it('has the last word when it refuses after a claim', () => {
    const story = asked().claim()
    expect(story.callAndAnswer('refused')).toEqual(['p action'])
    expect(story.callAndAnswer('done')).toEqual(['a compensate'])
    expect(story.status).toBe('ABORTED')
  })

  it('is refused or done by report and by an operator too', () => {
    expect(asked().answer('p', 'ongoing').report('p', 'done').status).toBe('COMMITTING')
    const refused = asked().answer('p', 'ongoing').report('p', 'refused')
    expect(refused.due).toEqual(['a compensate'])
    expect(asked().answer('p', 'unknown').resolve('p', 'action', 'done').status).toBe('COMMITTING')
    const resolved = asked().answer('p', 'unknown').resolve('p', 'action', 'refused')
    expect(resolved.callAndAnswer('done')).toEqual(['a compensate'])
    expect(resolved.status).toBe('ABORTED')
  })

  it('is refused without a call where a result that it needs is missing', () => {
    const story = givenSaga(before, { ...withoutUndo, payload: { $result: 'a', pointer: '/id' } })
    story.callAndAnswer('done', { result: {} })
    expect(story.branch('p')).toMatchObject({ status: 'FAILED', reason: 'RESULT_MISSING' })
    expect(story.branch('p').recorded).toBeUndefined()
    expect(story.due).toEqual(['a compensate'])
  })
})
