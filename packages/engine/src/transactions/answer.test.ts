import {
  ATTEMPTS_KEPT,
  grpcOutcome,
  httpOutcome,
  MODES,
  type Mode,
  OUTCOMES,
  type Outcome,
  type Phase,
} from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, refusalOf, type Story } from '../../test/story.ts'
import { MODE_ROWS } from './modes.ts'
import { attentionOf } from './view.ts'

const TWO_PHASES: readonly Mode[] = ['saga', 'tcc', 'xa']

/** A transaction whose one branch has a call of phase one in flight. */
function phaseOneInFlight(mode: Mode): Story {
  const story = given({ mode, branches: [branchOf(mode, 'a')] })
  story.callDue()
  return story
}

/** Every call that must finish, in flight. */
const MUST_FINISH: [string, () => Story][] = [
  ['action behind the pivot', behindThePivot],
  ['compensate', () => undoInFlight('saga')],
  ['confirm', () => commitInFlight('tcc')],
  ['cancel', () => undoInFlight('tcc')],
  ['commit', () => commitInFlight('xa')],
  ['rollback', () => undoInFlight('xa')],
  [
    'action of a message',
    () => started(given({ ...fieldsOf('message'), branches: [branchOf('message', 'a')] })),
  ],
]

function started(story: Story): Story {
  story.callDue()
  return story
}

function commitInFlight(mode: Mode): Story {
  const story = phaseOneInFlight(mode).answer('a', 'done')
  return started(story)
}

function undoInFlight(mode: Mode): Story {
  const story = phaseOneInFlight(mode).answer('a', 'unknown').abort()
  return started(story)
}

function behindThePivot(): Story {
  const pivot = { branchId: 'p', pivot: true, action: '' }
  return started(given({ branches: [pivot, { branchId: 'a', action: 'http://a/' }] }))
}

function queryInFlight(): Story {
  const story = givenOpen(fieldsOf('message'), branchOf('message', 'a')).pass(60_000)
  return started(story)
}

/** What came of a call: what it decided, or when it is made again. */
function resultOf(story: Story): string {
  const { status } = story
  if (status === 'ABORTING' || status === 'ABORTED') return 'abort'
  const open = story.transaction.inquiry?.open ?? story.branch('a').open
  if (open === undefined) return 'done'
  if (open.attention !== undefined) return 'retry with attention'
  return open.failures > 0 ? 'retry' : 'ask again'
}

const BY_PHASE: Readonly<Record<Phase, { make: () => Story; branchId: string | undefined }>> = {
  one: { make: () => phaseOneInFlight('tcc'), branchId: 'a' },
  two: { make: () => commitInFlight('tcc'), branchId: 'a' },
  query: { make: queryInFlight, branchId: undefined },
}

const TABLE: [answer: string, of: (phase: Phase) => Outcome, one: string, two: string, query: string][] = [
  ...[200, 201, 204, 206, 299].map((status) => row(status, 'done', 'done', 'done')),
  ...[202, 425].map((status) => row(status, 'ask again', 'ask again', 'ask again')),
  row(409, 'abort', 'retry with attention', 'abort'),
  ...[400, 401, 403, 404, 410, 422, 451].map((status) => row(status, 'abort', 'retry', 'retry')),
  ...[301, 302, 304, 307, 408, 429, 500, 502, 503, 504, 599].map((status) =>
    row(status, 'retry', 'retry', 'retry'),
  ),
  code('OK', 'done', 'done', 'done'),
  code('ABORTED', 'abort', 'retry with attention', 'abort'),
  ...['INVALID_ARGUMENT', 'NOT_FOUND', 'PERMISSION_DENIED', 'UNIMPLEMENTED'].map((name) =>
    code(name, 'abort', 'retry', 'retry'),
  ),
  code('FAILED_PRECONDITION', 'ask again', 'ask again', 'ask again'),
  ...[
    'CANCELLED',
    'UNKNOWN',
    'DEADLINE_EXCEEDED',
    'ALREADY_EXISTS',
    'RESOURCE_EXHAUSTED',
    'OUT_OF_RANGE',
    'INTERNAL',
    'UNAVAILABLE',
    'DATA_LOSS',
    'UNAUTHENTICATED',
  ].map((name) => code(name, 'retry', 'retry', 'retry')),
]

function row(status: number, one: string, two: string, query: string): (typeof TABLE)[number] {
  return [String(status), (phase) => httpOutcome(status, phase), one, two, query]
}

function code(name: string, one: string, two: string, query: string): (typeof TABLE)[number] {
  return [name, (phase) => grpcOutcome(name, phase), one, two, query]
}

describe('what comes of an answer', () => {
  it.each(TABLE)('%s: phase one %3$s, phase two %4$s, query %5$s', (_, outcomeIn, one, two, query) => {
    for (const [phase, expected] of [
      ['one', one],
      ['two', two],
      ['query', query],
    ] as const) {
      const { make, branchId } = BY_PHASE[phase]
      const story = make().answer(branchId, outcomeIn(phase))
      expect(resultOf(story), phase).toBe(phase === 'query' && expected === 'done' ? 'done' : expected)
    }
  })
})

describe('an answer to phase one', () => {
  it.each(TWO_PHASES)('done keeps the result and goes on (%s)', (mode) => {
    const story = phaseOneInFlight(mode).answer('a', 'done', { result: { id: 7 } })
    expect(story.branch('a')).toMatchObject({ status: 'SUCCEED', result: { id: 7 }, maybeDone: false })
    expect(story.status).toBe(mode === 'saga' ? 'COMMITTED' : 'COMMITTING')
    expect(story.decided).toBe(true)
  })

  it.each(TWO_PHASES)('refused decides abort, with the words of the participant (%s)', (mode) => {
    const refusal = { code: 'NO_COVER', message: 'holds 3, not 30', details: { balance: 3 } }
    const story = phaseOneInFlight(mode).answer('a', 'refused', { refusal })
    expect(story.transaction).toMatchObject({
      status: 'ABORTED',
      failedBranch: 'a',
      reason: 'BRANCH_REFUSED',
      refusal,
    })
    expect(story.branch('a')).toMatchObject({ status: 'FAILED', refusal })
    expect(story.decided).toBe(true)
  })

  it.each(TWO_PHASES)('ongoing is asked again at the fixed interval, however often (%s)', (mode) => {
    const story = phaseOneInFlight(mode)
    for (let count = 0; count < 5; count++) {
      story.answer('a', 'ongoing')
      expect(story.branch('a')).toMatchObject({ status: 'ONGOING', maybeDone: true })
      expect(story.due).toEqual([])
      expect(story.wakeAt).toBe(story.now + 1_000)
      story.pass(1_000).callDue()
    }
    expect(story.answer('a', 'done').statuses).toBe('SUCCEED')
  })

  it('ongoing is asked again when the participant said, if that is later', () => {
    const story = phaseOneInFlight('tcc').answer('a', 'ongoing', { retryAfterMs: 7_000 })
    expect(story.wakeAt).toBe(story.now + 7_000)
  })

  it.each(TWO_PHASES)('unknown is tried again with growing intervals, up to the deadline (%s)', (mode) => {
    const story = phaseOneInFlight(mode)
    const waits: number[] = []
    while (story.answer('a', 'unknown').status === 'SUBMITTED') {
      const wakeAt = story.wakeAt!
      waits.push(wakeAt - story.now)
      story.pass(wakeAt - story.now)
      if (story.callDue().length === 0) break
    }
    expect(story.transaction).toMatchObject({ status: 'ABORTING', reason: 'DEADLINE', failedBranch: 'a' })
    expect(waits.length).toBeGreaterThan(4)
    expect([...waits.slice(0, -1)].sort((left, right) => left - right)).toEqual(waits.slice(0, -1))
  })

  it('is not durable before anything follows from it, unless a call of another branch reads its result', () => {
    const branches = [branchOf('saga', 'a'), branchOf('saga', 'b'), branchOf('saga', 'c', { after: ['b'] })]
    const unread = given({ branches })
    unread.callDue()
    expect(unread.answer('a', 'done', { result: 1 }).decided).toBe(false)
    const read = given({ branches: [...branches, branchOf('saga', 'd', { payload: { $result: 'a' } })] })
    read.callDue()
    expect(read.answer('a', 'done', { result: 1 }).decided).toBe(true)
  })
})

describe('an answer to a call that must finish', () => {
  it.each(MUST_FINISH)('done finishes it, and the transaction with it (%s)', (_, make) => {
    const story = make().answer('a', 'done')
    expect(['COMMITTED', 'ABORTED']).toContain(story.status)
    expect(['CONFIRMED', 'COMPENSATED']).toContain(story.branch('a').status)
    expect(story.decided).toBe(true)
    expect(story.due).toEqual([])
    expect(story.wakeAt).toBeNull()
  })

  it.each(MUST_FINISH)('refused is tried again, and shown to a person at once (%s)', (_, make) => {
    const story = make().answer('a', 'refused')
    const { open } = story.branch('a')
    expect(open?.attention).toEqual({ reason: 'REFUSED_IN_PHASE_TWO', since: story.now })
    expect(open?.failures).toBe(1)
    story.pass(open!.dueAt - story.now)
    expect(story.callDue()).toHaveLength(1)
    expect(story.answer('a', 'done').branch('a').open).toBeUndefined()
  })

  it.each(MUST_FINISH)('ongoing is asked again at the fixed interval (%s)', (_, make) => {
    const story = make().answer('a', 'ongoing')
    expect(story.branch('a').open).toMatchObject({ dueAt: story.now + 1_000, failures: 0 })
  })

  it.each(MUST_FINISH)('unknown is tried again without end (%s)', (_, make) => {
    const story = make()
    for (let count = 0; count < 100; count++) {
      story.answer('a', 'unknown')
      story.pass(story.branch('a').open!.dueAt - story.now)
      expect(story.callDue()).toHaveLength(1)
    }
    expect(story.branch('a').attemptCount).toBeGreaterThan(100)
  })

  it('keeps the result of what had no phase one, and of nothing else', () => {
    expect(behindThePivot().answer('a', 'done', { result: 1 }).branch('a').result).toBe(1)
    expect(commitInFlight('tcc').answer('a', 'done', { result: 1 }).branch('a').result).toBeUndefined()
    expect(undoInFlight('tcc').answer('a', 'done', { result: 1 }).branch('a').result).toBeUndefined()
  })
})

describe('the query of a message', () => {
  it('is asked when the deadline passes, not before', () => {
    const story = givenOpen(fieldsOf('message'), branchOf('message', 'a'))
    expect(story.wakeAt).toBe(story.now + 60_000)
    expect(story.pass(59_999).due).toEqual([])
    expect(story.pass(1).due).toEqual(['query'])
    story.callDue()
    expect(story.due).toEqual([])
  })

  it('submits when it is done', () => {
    const story = queryInFlight().answer(undefined, 'done')
    expect(story.transaction).toMatchObject({ status: 'COMMITTING', submitted: true })
    expect(story.decided).toBe(true)
    expect(story.due).toEqual(['a action'])
  })

  it('aborts when it is refused; nothing was called, and nothing is undone', () => {
    const story = queryInFlight().answer(undefined, 'refused')
    expect(story.transaction).toMatchObject({ status: 'ABORTED', reason: 'QUERY_REFUSED', submitted: false })
    expect(story.decided).toBe(true)
  })

  it.each([
    ['comes after one that was never added', { after: ['z'] }, 'z'],
    ['reads what was never added', { payload: { $result: 'z' } }, 'z'],
  ])(
    'that is done aborts no message whose branch %s: a person is told, and it can still come',
    (_, more, missing) => {
      const story = givenOpen(fieldsOf('message'), branchOf('message', 'a', more)).pass(60_000)
      story.callDue()
      story.answer(undefined, 'done')
      expect(story.status).toBe('PREPARED')
      expect(attentionOf(story.transaction)).toEqual({
        op: 'query',
        reason: 'NOT_SUBMITTABLE',
        since: story.now,
      })
      const raised = attentionOf(story.transaction)
      expect(refusalOf(() => story.resolve(undefined, 'query', 'done')).code).toBe('INVALID_REQUEST')
      story.pass(60_000).callAndAnswer('done')
      expect(attentionOf(story.transaction)).toEqual(raised)
      story.add(branchOf('message', missing)).pass(60_000).callDue()
      expect(story.answer(undefined, 'done').status).toBe('COMMITTING')
    },
  )

  it.each(['unknown', 'ongoing'] as const)('is asked without end while it is %s', (outcome) => {
    const story = queryInFlight()
    for (let count = 0; count < 100; count++) {
      story.answer(undefined, outcome)
      expect(story.status).toBe('PREPARED')
      expect(story.due).toEqual([])
      story.pass(story.wakeAt! - story.now)
      while (story.due.length === 0) story.pass(story.wakeAt! - story.now)
      story.callDue()
    }
    expect(story.transaction.inquiry).toMatchObject({ attemptCount: 101 })
    expect(story.transaction.inquiry?.attempts).toHaveLength(ATTEMPTS_KEPT)
  })

  it('that comes after the caller has decided is history', () => {
    const submitted = queryInFlight().submit().answer(undefined, 'refused')
    expect(submitted.status).toBe('COMMITTING')
    expect(submitted.transaction.inquiry?.attempts).toMatchObject([{ outcome: 'refused', ignored: true }])
    const aborted = queryInFlight().abort().answer(undefined, 'done')
    expect(aborted.status).toBe('ABORTED')
  })
})

describe('an answer to anything but the open operation', () => {
  it.each(OUTCOMES)('is kept as history and changes nothing else: %s', (outcome) => {
    const story = phaseOneInFlight('tcc').answer('a', 'done', { result: 1 })
    const { attempts: _attempts, maybeDone: _maybeDone, ...before } = story.branch('a')
    story.answer('a', outcome, { op: 'try', attempt: 1, result: 2, refusal: { message: 'late' } })
    const { attempts, maybeDone: _, ...after } = story.branch('a')
    expect(after).toEqual(before)
    expect(attempts.at(-1)).toMatchObject({ op: 'try', outcome, ignored: true })
    expect(story.status).toBe('COMMITTING')
  })

  it('of a branch that is not there changes nothing', () => {
    const story = phaseOneInFlight('tcc')
    const { branches } = story.transaction
    story.when({
      type: 'answered',
      branchId: 'z',
      op: 'try',
      attempt: 1,
      at: 1,
      durationMs: 1,
      outcome: 'done',
    })
    expect(story.transaction.branches).toEqual(branches)
  })

  it('and anything at all after the end, changes nothing', () => {
    const story = phaseOneInFlight('saga').answer('a', 'done')
    expect(story.status).toBe('COMMITTED')
    const { transaction } = story
    story.answer('a', 'refused', { op: 'action', attempt: 1 }).claim().retry().pass(1_000_000)
    story.when({ type: 'went-back' })
    expect(story.transaction).toBe(transaction)
    expect(story.decided).toBe(false)
  })
})

describe('the history of attempts', () => {
  it('shows each call as it went', () => {
    const story = phaseOneInFlight('tcc').answer('a', 'unknown', {
      at: 7,
      durationMs: 12.5,
      status: 503,
      error: 'busy',
    })
    expect(story.branch('a').attempts).toEqual([
      { op: 'try', at: 7, durationMs: 12.5, outcome: 'unknown', status: 503, error: 'busy' },
    ])
  })

  it('holds the last twenty and counts all', () => {
    const story = commitInFlight('tcc')
    for (let count = 0; count < 30; count++) {
      story.answer('a', 'unknown', { status: count })
      story.pass(story.branch('a').open!.dueAt - story.now).callDue()
    }
    const { attempts, attemptCount } = story.branch('a')
    expect(attempts.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, (_, index) => index + 10))
    expect(attemptCount).toBe(32)
  })
})

it('every mode has a row, and every row is asked here', () => {
  expect(Object.keys(MODE_ROWS)).toEqual([...MODES])
})
