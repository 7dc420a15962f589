import { describe, expect, it } from 'vitest'
import { branchOf, given, givenOpen, type Story } from '../../test/story.ts'
import { callOf } from './call.ts'
import { MODE_ROWS } from './modes.ts'

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

const UNDO = { saga: 'compensate', tcc: 'cancel', xa: 'rollback' } as const
const UNDOABLE = ['saga', 'tcc', 'xa'] as const

describe.each(UNDOABLE)('the undo of a %s', (mode) => {
  const op = UNDO[mode]
  const of = (...names: string[]) => names.map((name) => branchOf(mode, name))

  it('is made of every branch that took effect', () => {
    const story = given({ mode, branches: of('a', 'b', 'c') })
    story.callDue()
    story.answer('a', 'done').answer('b', 'done').answer('c', 'refused')
    expect(story.status).toBe('ABORTING')
    expect(story.callAndAnswer('done')).toEqual([`a ${op}`, `b ${op}`])
    expect(story.status).toBe('ABORTED')
    expect(story.statuses).toBe('COMPENSATED COMPENSATED FAILED')
  })

  it.each(['unknown', 'ongoing'] as const)(
    'is made of a branch that was %s before it was refused',
    (outcome) => {
      const story = given({ mode, branches: of('a') })
      story.callAndAnswer(outcome)
      story.pass(60_000 - 1).callAndAnswer('refused')
      expect(story.transaction).toMatchObject({ status: 'ABORTING', failedBranch: 'a' })
      expect(story.branch('a').told).toEqual({ outcome: 'unknown' })
      expect(story.callAndAnswer('done')).toEqual([`a ${op}`])
      expect(story.statuses).toBe('COMPENSATED')
    },
  )

  it('is not made of a branch whose every call was refused, nor of one that was never called', () => {
    const story = given({ mode, branches: [...of('a'), branchOf(mode, 'b', { after: ['a'] })] })
    story.callAndAnswer('refused')
    expect(story.status).toBe('ABORTED')
    expect(story.statuses).toBe('FAILED PREPARED')
  })

  it('needs no call where there is nothing to call', () => {
    const story = given({ mode, branches: [branchOf(mode, 'a', { [op]: '' }), ...of('b')] })
    story.callDue()
    story.answer('a', 'done').answer('b', 'refused')
    expect(story.status).toBe('ABORTED')
    expect(story.branch('a')).toMatchObject({ status: 'COMPENSATED', op })
  })

  it('runs dependants first', () => {
    const after = (name: string, ...names: string[]) => branchOf(mode, name, { after: names })
    const story = given({
      mode,
      branches: [...of('a'), after('b', 'a'), after('c', 'a'), after('d', 'b', 'c'), ...of('e')],
    })
    story.callAndAnswer('done')
    story.callAndAnswer('done')
    story.callAndAnswer('unknown')
    expect(story.statuses).toBe('SUCCEED SUCCEED SUCCEED ONGOING SUCCEED')
    story.abort()
    expect(story.callAndAnswer('done')).toEqual([`d ${op}`, `e ${op}`])
    expect(story.callDue()).toEqual([`b ${op}`, `c ${op}`])
    story.answer('b', 'done')
    expect(story.due).toEqual([])
    story.answer('c', 'done')
    expect(story.callAndAnswer('done')).toEqual([`a ${op}`])
    expect(story.status).toBe('ABORTED')
  })

  it('runs dependants first through branches that need no undo', () => {
    const story = given({
      mode,
      branches: [
        ...of('a'),
        branchOf(mode, 'b', { after: ['a'], [op]: '' }),
        branchOf(mode, 'c', { after: ['b'] }),
      ],
    })
    story.callAndAnswer('done')
    story.callAndAnswer('done')
    story.callAndAnswer('unknown')
    story.abort()
    expect(story.callAndAnswer('done')).toEqual([`c ${op}`])
    expect(story.callAndAnswer('done')).toEqual([`a ${op}`])
  })

  it('runs in reverse of a sequential order', () => {
    const story = given({ mode, branches: of('a', 'b', 'c'), options: { order: 'sequential' } })
    for (const name of ['a', 'b', 'c']) {
      story.callDue()
      story.answer(name, name === 'c' ? 'unknown' : 'done')
    }
    story.abort()
    expect(story.callAndAnswer('done')).toEqual([`c ${op}`])
    expect(story.callAndAnswer('done')).toEqual([`b ${op}`])
    expect(story.callAndAnswer('done')).toEqual([`a ${op}`])
  })

  it('waits for the call of its branch that is in flight, and for no other', () => {
    const story = given({ mode, branches: of('a', 'b') })
    story.callDue()
    story.answer('a', 'done').abort()
    expect(story.due).toEqual([`a ${op}`])
    story.answer('b', 'done', { result: 7 })
    expect(story.due).toEqual([`a ${op}`, `b ${op}`])
    expect(story.branch('b').told).toEqual({ outcome: 'done', result: 7 })
  })

  it('waits for a dependant whose call is in flight, even where that is refused in the end', () => {
    const story = given({ mode, branches: [...of('a'), branchOf(mode, 'b', { after: ['a'] })] })
    story.callAndAnswer('done')
    story.callDue()
    story.abort()
    expect(story.due).toEqual([])
    story.answer('b', 'refused')
    expect(story.due).toEqual([`a ${op}`])
  })

  it('starts no call of phase one any more', () => {
    const story = given({ mode, branches: of('a', 'b'), options: { parallelism: 1 } })
    expect(story.callDue()).toEqual([`a ${MODE_ROWS[mode].phaseOne}`])
    story.abort().answer('a', 'unknown')
    for (let count = 0; count < 3; count++) {
      expect(story.callAndAnswer('unknown')).toEqual([`a ${op}`])
      story.pass(60_000)
    }
  })

  it('runs at most as many calls at once as parallelism allows', () => {
    const story = given({ mode, branches: of('a', 'b', 'c'), options: { parallelism: 2 } })
    story.callAndAnswer('unknown')
    story.callAndAnswer('unknown')
    story.abort()
    expect(story.callDue()).toHaveLength(2)
    expect(story.due).toEqual([])
    story.answer('a', 'done')
    expect(story.due).toHaveLength(1)
  })
})

describe('what an undo is told', () => {
  const started = (...branches: Parameters<typeof branchOf>[2][]) => {
    const story = given({
      mode: 'tcc',
      branches: branches.map((more, index) => branchOf('tcc', `b${index}`, more)),
    })
    story.callDue()
    return story
  }
  const callOfUndo = (story: Story, branchId: string) => callOf(story.transaction, branchId, 'cancel')

  it('is durable before it is told', () => {
    const story = started({}, {}).answer('b0', 'done').answer('b1', 'unknown').abort()
    expect(story.decided).toBe(true)
    expect(story.branch('b0').told).toEqual({ outcome: 'done' })
    expect(story.branch('b1').told).toEqual({ outcome: 'unknown' })
  })

  it('is fixed in one write for all that are ready', () => {
    const story = started({}, {}).answer('b0', 'unknown').abort()
    story.answer('b1', 'unknown')
    expect(story.decided).toBe(true)
    expect(story.due).toEqual(['b0 cancel', 'b1 cancel'])
  })

  it('is done and the result, where the branch is known to be done', () => {
    const story = started({}).answer('b0', 'done', { result: { id: 7 } })
    expect(story.status).toBe('COMMITTING')
    const aborted = started({}, {})
      .answer('b0', 'done', { result: { id: 7 } })
      .abort()
      .answer('b1', 'refused')
    expect(aborted.branch('b0').told).toEqual({ outcome: 'done', result: { id: 7 } })
    expect(callOfUndo(aborted, 'b0').headers).toMatchObject({ 'assent-action-outcome': 'done' })
  })

  it('is that an application-driven branch was refused, if the application said so', () => {
    const application = { drivenBy: 'application' } as const
    const story = givenOpen(
      { mode: 'tcc' },
      branchOf('tcc', 'a', application),
      branchOf('tcc', 'b', application),
      branchOf('tcc', 'c', application),
    )
    story.report('a', 'refused').report('b', 'done', { result: 1 }).abort()
    expect(story.transaction.branches.map(({ told }) => told)).toEqual([
      { outcome: 'refused' },
      { outcome: 'done', result: 1 },
      { outcome: 'unknown' },
    ])
  })

  it('is that a tried branch was refused, if that was its only call', () => {
    const tried = () => givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'))
    expect(tried().answer('a', 'refused').abort().branch('a').told).toEqual({ outcome: 'refused' })
    const again = (story: Story) =>
      story
        .call('a', 'try', story.now + 30_000)
        .answer('a', 'refused')
        .abort()
    expect(again(tried().answer('a', 'unknown')).branch('a').told).toEqual({ outcome: 'unknown' })
    expect(again(tried()).pass(30_000).branch('a').told).toEqual({ outcome: 'unknown' })
    const reported = tried().answer('a', 'unknown').report('a', 'refused').abort()
    expect(reported.branch('a').told).toEqual({ outcome: 'unknown' })
  })

  it('never changes, whatever comes after it', () => {
    const story = started({ undoPayload: { id: { $result: 'b0', pointer: '/id' } } })
    story.abort().claim()
    const { told } = story.branch('b0')
    const call = callOfUndo(story, 'b0')
    expect(call.body).toEqual({ id: null })
    story.answer('b0', 'done', { op: 'try', attempt: 1, result: { id: 7 } })
    expect(story.branch('b0').told).toBe(told)
    story.callAndAnswer('unknown')
    story.claim().pass(60_000).callDue()
    expect(story.branch('b0').told).toBe(told)
    expect(callOfUndo(story, 'b0').body).toEqual(call.body)
  })

  it('waits for a try in flight at most as long as that may take', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'), 5_000).abort()
    expect(story.status).toBe('ABORTING')
    expect(story.branch('a').told).toBeUndefined()
    expect(story.wakeAt).toBe(story.now + 5_000)
    expect(story.pass(4_999).due).toEqual([])
    expect(story.pass(1).due).toEqual(['a cancel'])
    expect(story.decided).toBe(true)
    story.answer('a', 'done', { op: 'try', attempt: 1, result: 7 })
    expect(story.branch('a').told).toEqual({ outcome: 'unknown' })
  })

  it('is what a try in flight answered, where it answers in time', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'), 5_000).abort()
    story.answer('a', 'done', { result: 7 })
    expect(story.branch('a').told).toEqual({ outcome: 'done', result: 7 })
    expect(story.due).toEqual(['a cancel'])
  })
})

it('a try is durable, with the time by which it has ended, before its call starts', () => {
  const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'))
  expect(story.decided).toBe(true)
  const driven = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
  driven.callDue()
  expect(driven.decided).toBe(false)
})
