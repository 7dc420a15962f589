import { JSON_DEPTH_MAX, type Json, type Mode, RESULT_MAX_BYTES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, refusalOf } from '../../test/story.ts'
import { MODE_ROWS } from './modes.ts'

const TWO_PHASES: readonly Mode[] = ['saga', 'tcc', 'xa']
const application = { drivenBy: 'application' } as const

const openTcc = () => givenOpen({ mode: 'tcc' }, branchOf('tcc', 'a', application))
/** A tcc branch that the coordinator drives, asked once and ongoing. */
const ongoingTry = () => {
  const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
  story.callAndAnswer('ongoing')
  return story
}

describe('a report on a branch that the application drives', () => {
  it.each(TWO_PHASES)(
    'counts from its registration on, and is durable before it is acknowledged (%s)',
    (mode) => {
      const story = givenOpen({ mode }, branchOf(mode, 'a', application), branchOf(mode, 'b', application))
      story.report('a', 'done', { result: { id: 7 } })
      expect(story.decided).toBe(true)
      story.report('b', 'refused', { reason: 'no cover' })
      expect(story.decided).toBe(true)
      expect(story.statuses).toBe('SUCCEED FAILED')
      expect(story.status).toBe('PREPARED')
      expect(story.branch('a').result).toEqual({ id: 7 })
      expect(story.branch('b')).toMatchObject({ reason: 'no cover', refusal: { message: 'no cover' } })
    },
  )

  it('is kept in the history with who said it', () => {
    const story = openTcc().report('a', 'done')
    expect(story.branch('a').attempts).toEqual([
      { op: 'try', at: story.now, durationMs: 0, outcome: 'done', by: 'application' },
    ])
    expect(story.branch('a').attemptCount).toBe(0)
  })

  it('comes too late once the transaction is aborted', () => {
    const story = openTcc().abort()
    expect(refusalOf(() => story.report('a', 'done'))).toMatchObject({
      code: 'INVALID_STATUS_TRANSITION',
      details: { open_op: null },
    })
  })
})

describe('a report on an ongoing call', () => {
  it('says that it is done, with its result', () => {
    const story = ongoingTry().report('a', 'done', { result: 1 })
    expect(story.branch('a')).toMatchObject({ status: 'SUCCEED', result: 1 })
    expect(story.status).toBe('COMMITTING')
  })

  it('says that it is refused, which decides abort; the branch is undone all the same', () => {
    const story = ongoingTry().report('a', 'refused', { reason: 'no cover' })
    expect(story.transaction).toMatchObject({ status: 'ABORTING', failedBranch: 'a', reason: 'no cover' })
    expect(story.due).toEqual(['a cancel'])
  })

  it.each([
    ['confirm', (story: ReturnType<typeof openTcc>) => story.report('a', 'done').submit(), 'CONFIRMED'],
    ['cancel', (story: ReturnType<typeof openTcc>) => story.abort(), 'COMPENSATED'],
  ] as const)('says that a %s is done', (op, decide, status) => {
    const story = decide(openTcc())
    story.callAndAnswer('ongoing')
    expect(story.report('a', 'done', { op }).statuses).toBe(status)
  })

  it('ends a call of phase two for a message too, where the open operation is meant when none is named', () => {
    const story = given({ ...fieldsOf('message'), branches: [branchOf('message', 'a')] })
    story.callAndAnswer('ongoing')
    expect(story.report('a', 'done', { result: 1 }).status).toBe('COMMITTED')
    expect(story.branch('a').result).toBe(1)
  })
})

describe('a report while a call is in flight', () => {
  it('counts; the answer that comes after it is history', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
    story.callDue()
    story.report('a', 'done', { result: 'reported' })
    expect(story.due).toEqual([])
    story.answer('a', 'done', { result: 'answered' })
    expect(story.branch('a')).toMatchObject({ status: 'SUCCEED', result: 'reported' })
    expect(story.branch('a').attempts.at(-1)).toMatchObject({ op: 'try', outcome: 'done', ignored: true })
    expect(story.due).toEqual(['a confirm'])
  })

  it.each([
    ['done', ['a cancel']],
    ['unknown', ['a cancel']],
    ['ongoing', ['a cancel']],
    ['refused', []],
  ] as const)('of a refusal waits for that call; one that ends %s leaves %j to undo', (outcome, undo) => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
    story.callDue()
    story.report('a', 'refused')
    expect(story.status).toBe('ABORTING')
    expect(story.due).toEqual([])
    story.answer('a', outcome)
    expect(story.due).toEqual(undo)
    expect(story.status).toBe(undo.length === 0 ? 'ABORTED' : 'ABORTING')
  })
})

describe('a report that says what is recorded', () => {
  const said: ['done' | 'refused', { result?: Json; reason?: string }][] = [
    ['done', { result: { a: 1, b: [null] } }],
    ['done', {}],
    ['refused', { reason: 'no cover' }],
  ]

  it.each(said)('changes nothing: %s %j', (outcome, more) => {
    const story = openTcc().report('a', outcome, more)
    const { transaction } = story
    expect(story.report('a', outcome, more).transaction).toBe(transaction)
    expect(story.report('a', outcome, { op: 'try', ...more }).transaction).toBe(transaction)
  })

  it('may name the fields of its result in another order', () => {
    const story = openTcc().report('a', 'done', { result: { a: 1, b: { c: 2, d: 3 } } })
    const { transaction } = story
    expect(story.report('a', 'done', { result: { b: { d: 3, c: 2 }, a: 1 } }).transaction).toBe(transaction)
  })

  it.each(said)('changes nothing however far things have gone: %s %j', (outcome, more) => {
    const story = openTcc().report('a', outcome, more).abort()
    const again = () => {
      const { transaction } = story
      expect(story.report('a', outcome, more).transaction).toBe(transaction)
    }
    again()
    story.callDue()
    again()
    story.answer('a', 'done')
    expect(story.status).toBe('ABORTED')
    again()
  })

  it('changes nothing while, and after, the commit call is made', () => {
    const story = openTcc().report('a', 'done', { result: 1 }).submit()
    story.callDue()
    const { transaction } = story
    expect(story.report('a', 'done', { result: 1 }).transaction).toBe(transaction)
    story.answer('a', 'done')
    expect(story.status).toBe('COMMITTED')
    expect(story.report('a', 'done', { result: 1 }).status).toBe('COMMITTED')
    expect(story.report('a', 'done', { op: 'confirm' }).status).toBe('COMMITTED')
  })

  it('is known by its end where the result was too long to keep', () => {
    const result = 'x'.repeat(RESULT_MAX_BYTES)
    const story = openTcc().report('a', 'done', { result })
    expect(story.branch('a')).toMatchObject({ resultOmitted: true })
    const { transaction } = story
    expect(story.report('a', 'done', { result }).transaction).toBe(transaction)
  })

  it('is known for what follows a pivot too, with its result', () => {
    const story = given({
      ...fieldsOf('message'),
      branches: [branchOf('message', 'a'), branchOf('message', 'b')],
    })
    story.callAndAnswer('ongoing')
    story.report('a', 'done', { result: 1 })
    const { transaction } = story
    expect(story.report('a', 'done', { result: 1 }).transaction).toBe(transaction)
    expect(story.report('a', 'done', { op: 'action', result: 1 }).transaction).toBe(transaction)
    expect(refusalOf(() => story.report('a', 'done', { result: 2 }))).toMatchObject({
      details: { open_op: null },
    })
  })
})

describe('a report that does not fit', () => {
  const refused = (act: () => unknown) => refusalOf(act)

  it.each([
    ['refused', {}],
    ['done', { result: 2 }],
    ['done', {}],
  ] as const)('with what is recorded is refused, and told what is open: %s %j', (outcome, more) => {
    const story = openTcc().report('a', 'done', { result: 1 })
    expect(refused(() => story.report('a', outcome, more))).toMatchObject({
      code: 'INVALID_STATUS_TRANSITION',
      details: { open_op: null },
    })
    story.submit().callDue()
    expect(refused(() => story.report('a', outcome, more))).toMatchObject({ details: { open_op: 'confirm' } })
  })

  it('the open operation is refused, and told which it is', () => {
    const story = ongoingTry()
    for (const op of ['confirm', 'cancel', 'action', 'commit'] as const) {
      expect(refused(() => story.report('a', 'done', { op }))).toMatchObject({
        code: 'INVALID_STATUS_TRANSITION',
        message: 'branch a is ONGOING, its open operation is try',
        details: { open_op: 'try' },
      })
    }
    story.report('a', 'done')
    story.callDue()
    expect(refused(() => story.report('a', 'done', { op: 'cancel' }))).toMatchObject({
      details: { open_op: 'confirm' },
    })
  })

  it('a branch that was not called, and that the coordinator drives, is refused', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
    expect(refused(() => story.report('a', 'done'))).toMatchObject({ details: { open_op: null } })
    const open = givenOpen({ mode: 'tcc' }, branchOf('tcc', 'a'))
    expect(refused(() => open.report('a', 'done'))).toMatchObject({ details: { open_op: null } })
  })

  it('phase two is refused: what must finish can not fail', () => {
    const story = openTcc().report('a', 'done').submit()
    story.callDue()
    expect(refused(() => story.report('a', 'refused', { op: 'confirm' }))).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ path: 'op' }],
    })
    const message = given({ ...fieldsOf('message'), branches: [branchOf('message', 'a')] })
    message.callDue()
    expect(refused(() => message.report('a', 'refused')).code).toBe('INVALID_REQUEST')
  })

  it('an undo that was not called yet is refused', () => {
    const story = openTcc().abort()
    expect(refused(() => story.report('a', 'done', { op: 'cancel' }))).toMatchObject({
      message: 'branch a is PREPARED, with no open operation',
      details: { open_op: null },
    })
    story.callAndAnswer('done')
    const { transaction } = story
    expect(story.report('a', 'done', { op: 'cancel' }).transaction).toBe(transaction)
    expect(refused(() => story.report('a', 'done', { op: 'confirm' }))).toMatchObject({
      details: { open_op: null },
    })
  })

  it('any branch is refused', () => {
    expect(refused(() => openTcc().report('z', 'done'))).toMatchObject({
      code: 'BRANCH_NOT_FOUND',
      details: { gid: 'g', branch_id: 'z' },
    })
  })

  it('what can be kept is refused', () => {
    let result: Json = 0
    for (let level = 0; level <= JSON_DEPTH_MAX; level++) result = [result]
    expect(refused(() => openTcc().report('a', 'done', { result }))).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ path: 'result' }],
    })
  })
})

describe('an operator', () => {
  it('says that a call is done which nobody answered', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
    story.callAndAnswer('unknown')
    story.resolve('a', 'try', 'done')
    expect(story.status).toBe('COMMITTING')
    story.callAndAnswer('unknown')
    expect(story.resolve('a', 'confirm', 'done').status).toBe('COMMITTED')
    expect(story.branch('a').attempts.filter(({ by }) => by !== undefined)).toMatchObject([
      { op: 'try', outcome: 'done', by: 'operator', error: 'seen in the ledger' },
      { op: 'confirm', outcome: 'done', by: 'operator', error: 'seen in the ledger' },
    ])
  })

  it('proves nothing by saying that it is refused: the branch is undone', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] })
    story.callDue()
    story.resolve('a', 'try', 'refused').answer('a', 'refused')
    expect(story.due).toEqual(['a cancel'])
    expect(story.branch('a').told).toEqual({ outcome: 'unknown' })
  })

  it('may not say that a call of phase two is refused', () => {
    const story = openTcc().abort()
    story.callDue()
    expect(refusalOf(() => story.resolve('a', 'cancel', 'refused')).code).toBe('INVALID_REQUEST')
    expect(story.resolve('a', 'cancel', 'done').statuses).toBe('COMPENSATED')
    expect(story.answer('a', 'unknown').status).toBe('ABORTED')
  })

  it.each([
    ['done', 'COMMITTING'],
    ['refused', 'ABORTED'],
  ] as const)('answers the query of a message: %s', (outcome, status) => {
    const story = givenOpen(fieldsOf('message'), branchOf('message', 'a')).pass(60_000)
    story.callDue()
    story.resolve(undefined, 'query', outcome)
    expect(story.status).toBe(status)
    expect(story.decided).toBe(true)
    expect(story.transaction.inquiry?.attempts).toMatchObject([{ op: 'query', outcome, by: 'operator' }])
    expect(story.answer(undefined, 'refused').status).toBe(status)
  })

  it('answers no query that is not open', () => {
    const story = givenOpen(fieldsOf('message'))
    const refused = () => refusalOf(() => story.resolve(undefined, 'query', 'done'))
    expect(refused()).toMatchObject({ code: 'INVALID_STATUS_TRANSITION', details: { open_op: null } })
    story.pass(60_000).callDue()
    story.submit()
    expect(refused()).toMatchObject({ details: { open_op: null } })
  })
})

it('every mode that has a phase one takes reports on it by its own word', () => {
  for (const mode of TWO_PHASES) {
    const story = givenOpen({ mode }, branchOf(mode, 'a', application))
    const op = MODE_ROWS[mode].phaseOne!
    expect(story.report('a', 'done', { op }).branch('a')).toMatchObject({ status: 'SUCCEED', op })
  }
})
