import { MODES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, givenSaga } from '../../test/story.ts'
import { dueAtOf } from './columns.ts'

const named = (...names: string[]) => names.map((name) => branchOf('saga', name))

describe('what is due', () => {
  it('is nothing before submit, and the end of patience', () => {
    for (const mode of MODES) {
      const story = givenOpen(fieldsOf(mode), branchOf(mode, 'a'))
      expect(story.due).toEqual([])
      expect(story.wakeAt).toBe(story.now + (mode === 'message' ? 60_000 : 86_400_000))
    }
  })

  it('is nothing, ever again, after the end', () => {
    const story = givenSaga()
    expect(story.due).toEqual([])
    expect(story.wakeAt).toBeNull()
  })

  it('is every branch that waits for nothing, in the order of the list', () => {
    expect(given({ branches: named('b', 'a', 'c') }).due).toEqual(['b action', 'a action', 'c action'])
  })

  it('is a branch only when all that comes before it is done', () => {
    const story = givenSaga(branchOf('saga', 'c', { after: ['a', 'b'] }), ...named('a', 'b'))
    expect(story.callDue()).toEqual(['a action', 'b action'])
    story.answer('a', 'done')
    expect(story.due).toEqual([])
    story.answer('b', 'done')
    expect(story.due).toEqual(['c action'])
  })

  it('is one branch after another where the order is sequential', () => {
    const story = given({ branches: named('a', 'b', 'c'), options: { order: 'sequential' } })
    expect(story.callAndAnswer('done')).toEqual(['a action'])
    expect(story.callAndAnswer('done')).toEqual(['b action'])
    expect(story.callAndAnswer('done')).toEqual(['c action'])
    expect(story.status).toBe('COMMITTED')
  })

  it('is no branch without a URL: that is done at once, and lets go on what waits for it', () => {
    const story = givenSaga(
      branchOf('saga', 'c', { after: ['b'] }),
      { branchId: 'b', after: ['a'] },
      { branchId: 'a', action: '' },
    )
    expect(story.statuses).toBe('PREPARED SUCCEED SUCCEED')
    expect(story.due).toEqual(['c action'])
  })

  it('is the calls of the commit in their order, where there is one', () => {
    const story = given({
      mode: 'tcc',
      branches: [
        branchOf('tcc', 'a'),
        branchOf('tcc', 'b', { after: ['a'] }),
        branchOf('tcc', 'c', { confirm: '' }),
      ],
    })
    story.callAndAnswer('done')
    story.callAndAnswer('done')
    expect(story.statuses).toBe('SUCCEED SUCCEED CONFIRMED')
    expect(story.callAndAnswer('done')).toEqual(['a confirm'])
    expect(story.callAndAnswer('done')).toEqual(['b confirm'])
  })
})

describe('parallelism', () => {
  const three = (parallelism: number) =>
    given({ branches: named('a', 'b', 'c'), options: { parallelism, timeoutToFailMs: 86_400_000 } })

  it('bounds the calls in flight at once', () => {
    const story = three(2)
    expect(story.callDue()).toEqual(['a action', 'b action'])
    expect(story.due).toEqual([])
    story.answer('b', 'done')
    expect(story.callDue()).toEqual(['c action'])
  })

  it('gives the turn to what has waited longest, so that what fails slowly starves nobody', () => {
    const story = three(1)
    const called: string[] = []
    for (let count = 0; count < 6; count++) {
      called.push(...story.callDue())
      const inFlight = story.transaction.branches.find((branch) => branch.inFlight !== undefined)!
      story.now += 30_000
      story.answer(inFlight.request.branchId, 'unknown')
    }
    expect(called).toEqual(['a', 'b', 'c', 'a', 'b', 'c'].map((name) => `${name} action`))
  })

  it('counts a try in flight', () => {
    const story = givenOpen({ mode: 'tcc', options: { parallelism: 1 } }, branchOf('tcc', 'b'))
    story.try(branchOf('tcc', 'a'), 5_000).submit()
    expect(story.due).toEqual([])
    expect(story.pass(5_000).due).toEqual(['b try'])
  })
})

describe('the time to look again', () => {
  it('is the deadline while calls are in flight', () => {
    const story = givenSaga(...named('a'))
    story.callDue()
    expect(story.wakeAt).toBe(story.now + 60_000)
  })

  it('is the next attempt, or the deadline if that comes first', () => {
    const story = givenSaga(...named('a'))
    story.callAndAnswer('unknown')
    const attempt = story.branch('a').open!.dueAt
    expect(story.wakeAt).toBe(attempt)
    const soon = given({ branches: named('a'), options: { timeoutToFailMs: 10 } })
    soon.callAndAnswer('unknown')
    expect(soon.wakeAt).toBe(soon.now + 10)
  })

  it('is no deadline any more once that is behind, or can not strike', () => {
    const committing = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
    committing.callAndAnswer('done')
    committing.callDue()
    expect(committing.wakeAt).toBe(committing.now + 300_000)
    const asked = givenSaga({ branchId: 'p', pivot: true, action: 'http://p/' })
    asked.callDue()
    expect(asked.wakeAt).toBe(asked.now + 300_000)
  })

  it('is what the store is told: now when something is due, never when it has ended', () => {
    const story = givenSaga(...named('a'))
    expect(dueAtOf(story.transaction, story.now)).toBe(story.now)
    story.callDue()
    expect(dueAtOf(story.transaction, story.now)).toBe(story.now + 60_000)
  })
})
