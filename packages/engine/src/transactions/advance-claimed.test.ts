import { describe, expect, it } from 'vitest'
import { acceptance, BEGINNING, branchOf, givenOpen, givenSaga, Story } from '../../test/story.ts'
import { run } from './accept.ts'

const twoBranches = () => givenSaga(branchOf('saga', 'a'), branchOf('saga', 'b'))

describe('a claim', () => {
  it('makes every branch of a submitted transaction maybe done, called or not', () => {
    const story = twoBranches().claim()
    expect(story.transaction.branches.map((branch) => branch.maybeDone)).toEqual([true, true])
    story.abort()
    expect(story.callDue()).toEqual(['a compensate', 'b compensate'])
    expect(story.statuses).toBe('PREPARED PREPARED')
    expect(story.answer('a', 'done').statuses).toBe('COMPENSATED PREPARED')
  })

  it('makes maybe done a branch whose every call was refused', () => {
    const story = twoBranches()
    story.callDue()
    story.answer('a', 'refused').claim()
    expect(story.status).toBe('ABORTING')
    expect(story.due).toEqual(['a compensate', 'b compensate'])
    expect(story.branch('a').told).toEqual({ outcome: 'unknown' })
  })

  it('asks again what was in flight', () => {
    const story = twoBranches()
    story.callDue()
    expect(story.due).toEqual([])
    story.claim()
    expect(story.due).toEqual(['a action', 'b action'])
  })

  it('leaves the application-driven branches of a transaction that was not submitted as they were', () => {
    const story = givenOpen({}, branchOf('saga', 'a'), branchOf('saga', 'b', { drivenBy: 'application' }))
    expect(story.claim().transaction.branches.map((branch) => branch.maybeDone)).toEqual([false, true])
  })

  it('asks again for an undo that was in flight, even of a transaction that was never submitted', () => {
    const story = givenOpen({ mode: 'tcc' }, branchOf('tcc', 'a', { drivenBy: 'application' })).abort()
    expect(story.callDue()).toEqual(['a cancel'])
    story.claim()
    expect(story.due).toEqual(['a cancel'])
  })

  it('goes on waiting for a try that another process made', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'), 30_000).abort().claim()
    expect(story.due).toEqual([])
    expect(story.wakeAt).toBe(story.now + 30_000)
    expect(story.pass(30_000).due).toEqual(['a cancel'])
  })

  it('goes on waiting for a try in flight that submit handed over', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'), 30_000).submit().claim()
    expect(story.due).toEqual([])
    expect(story.pass(30_000).due).toEqual(['a try'])
  })

  it('asks a query again that was in flight', () => {
    const story = givenOpen({ mode: 'message', query: 'http://sender/query' }, branchOf('message', 'a'))
    story.pass(60_000).callDue()
    expect(story.due).toEqual([])
    expect(story.claim().due).toEqual(['query'])
  })
})

describe('the first claim of a transaction whose acceptance was deferred', () => {
  const HOUR_MS = 3_600_000
  const deferred = () =>
    new Story(
      run({ branches: [branchOf('saga', 'a'), branchOf('saga', 'b')] }, { ...acceptance(), deferred: true }),
      BEGINNING + HOUR_MS,
    )

  it('begins its time, however long ago it was written, and is durable before its first call', () => {
    const story = deferred()
    expect(story.transaction.deadline).toBeUndefined()
    story.claim()
    expect(story.decided).toBe(true)
    expect(story.status).toBe('SUBMITTED')
    expect(story.transaction.deadline).toBe(BEGINNING + HOUR_MS + 60_000)
    expect(story.due).toEqual(['a action', 'b action'])
    expect(story.pass(60_000).status).toBe('ABORTED')
  })

  it('makes nothing maybe done, for nobody has driven it, and the next one does', () => {
    const story = deferred().claim()
    expect(story.transaction.branches.map((branch) => branch.maybeDone)).toEqual([false, false])
    story.claim()
    expect(story.decided).toBe(false)
    expect(story.transaction.branches.map((branch) => branch.maybeDone)).toEqual([true, true])
  })

  it('leaves nothing to undo where it comes with an abort', () => {
    expect(deferred().claim().abort().status).toBe('ABORTED')
  })
})
