import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, givenSaga } from '../../test/story.ts'

describe('a call that is held back', () => {
  it('is no attempt and has no outcome', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    story.hold('a')
    expect(story.branch('a')).toMatchObject({
      status: 'PREPARED',
      attempts: [],
      attemptCount: 0,
      maybeDone: false,
    })
    expect(story.branch('a').open).toMatchObject({ calls: 0, failures: 0 })
  })

  it('is made when the time has come that the transport named, at most the cap away', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    expect(story.hold('a', 'CIRCUIT_OPEN', 250).wakeAt).toBe(story.now + 250)
    expect(story.due).toEqual([])
    expect(story.pass(250).callDue()).toEqual(['a action'])
    const capped = given({ branches: [branchOf('saga', 'a')], options: { timeoutToFailMs: 1_000_000 } })
    capped.callDue()
    expect(capped.hold('a', 'CIRCUIT_OPEN', 999_999).wakeAt).toBe(capped.now + 60_000)
  })

  it('never comes back in the same millisecond', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    story.hold('a', 'CIRCUIT_OPEN', 0)
    expect(story.due).toEqual([])
    expect(story.wakeAt).toBe(story.now + 1)
  })

  it('leaves a branch that was never called without its undo', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    story.hold('a', 'CIRCUIT_OPEN', 60_000)
    expect(story.pass(60_000).transaction).toMatchObject({ status: 'ABORTED', reason: 'DEADLINE' })
    expect(story.statuses).toBe('PREPARED')
  })

  it('leaves a branch that was called before as it was', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callAndAnswer('unknown')
    story.pass(1_000).callDue()
    story.hold('a')
    expect(story.branch('a')).toMatchObject({ status: 'ONGOING', maybeDone: true, attemptCount: 1 })
    expect(story.abort().due).toEqual(['a compensate'])
  })

  it('spends none of max_attempts', () => {
    const story = givenSaga(branchOf('saga', 'a', { retry: { maxAttempts: 1 } }))
    story.callDue()
    expect(story.hold('a').status).toBe('SUBMITTED')
    story.pass(100).callDue()
    expect(story.answer('a', 'unknown').transaction.reason).toBe('ATTEMPTS_EXHAUSTED')
  })

  it('is waited for like any other when the transaction aborts', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    expect(story.abort().status).toBe('ABORTING')
    expect(story.hold('a').status).toBe('ABORTED')
  })

  it('says nothing about another call of the same branch', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'), 1_000)
    story.call('a', 'try', story.now + 2_000)
    const held = { type: 'held', branchId: 'a', op: 'try', reason: 'CIRCUIT_OPEN', retryAfterMs: 1 } as const
    story.when({ ...held, attempt: 1 })
    expect(story.branch('a').inFlight).toMatchObject({ attempt: 2, until: story.now + 2_000 })
    expect(story.branch('a').attemptCount).toBe(1)
  })

  it('may be the query', () => {
    const story = givenOpen(fieldsOf('message')).pass(60_000)
    story.callDue()
    story.hold(undefined, 'CIRCUIT_OPEN', 250)
    expect(story.transaction.inquiry).toMatchObject({ attemptCount: 0, attempts: [] })
    expect(story.pass(250).due).toEqual(['query'])
  })
})

describe('a retry', () => {
  it('makes due at once what waits, past a circuit breaker', () => {
    const story = givenSaga(branchOf('saga', 'a'), branchOf('saga', 'b'))
    story.callAndAnswer('unknown')
    expect(story.due).toEqual([])
    story.retry('b')
    expect(story.due).toEqual(['b action'])
    expect(story.branch('b').open?.forced).toBe(true)
    story.callDue()
    story.answer('b', 'unknown').retry('a')
    expect(story.due).toEqual(['a action'])
    story.retry('b')
    expect(story.retry().due).toEqual(['a action', 'b action'])
  })

  it('forces one call, not those after it', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callAndAnswer('unknown')
    story.retry().callDue()
    expect(story.branch('a').open?.forced).toBe(true)
    expect(story.answer('a', 'unknown').branch('a').open?.forced).toBe(false)
  })

  it('asks a query again at once', () => {
    const story = givenOpen(fieldsOf('message')).pass(60_000)
    story.callAndAnswer('unknown')
    expect(story.due).toEqual([])
    expect(story.retry().due).toEqual(['query'])
  })

  it('starts no call twice', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    expect(story.retry().due).toEqual([])
  })

  it('of a branch that is not there is refused', () => {
    expect(() => givenSaga(branchOf('saga', 'a')).retry('z')).toThrow(
      expect.objectContaining({ code: 'BRANCH_NOT_FOUND' }),
    )
  })
})
