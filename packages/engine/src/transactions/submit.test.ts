import { isEnded, MODES, type Mode } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, refusalOf, type Story } from '../../test/story.ts'

const application = { drivenBy: 'application' } as const
const TWO_PHASES: readonly Mode[] = ['saga', 'tcc', 'xa']

const openTcc = () =>
  givenOpen({ mode: 'tcc' }, branchOf('tcc', 'a', application), branchOf('tcc', 'b', application))

describe('submit', () => {
  it.each(MODES)('commits a %s without branches in its own write', (mode) => {
    expect(given({ ...fieldsOf(mode), branches: [] }).status).toBe('COMMITTED')
    const story = givenOpen(fieldsOf(mode)).submit()
    expect(story.status).toBe('COMMITTED')
    expect(story.decided).toBe(true)
  })

  it.each(TWO_PHASES)('of a %s is durable before its branches are called', (mode) => {
    const story = givenOpen({ mode }, branchOf(mode, 'a')).submit()
    expect(story.status).toBe('SUBMITTED')
    expect(story.decided).toBe(true)
    expect(story.due).toHaveLength(1)
  })

  it('of a mode without phase one goes to committing in its own write', () => {
    const story = givenOpen(fieldsOf('message'), branchOf('message', 'a')).submit()
    expect(story.status).toBe('COMMITTING')
    expect(story.decided).toBe(true)
  })

  it.each(TWO_PHASES)(
    'of a %s is refused while a branch that the application drives is undecided',
    (mode) => {
      const story = givenOpen({ mode }, branchOf(mode, 'a', application), branchOf(mode, 'b'))
      expect(refusalOf(() => story.submit())).toMatchObject({
        code: 'BRANCH_UNDECIDED',
        details: { branches: [{ branch_id: 'a', status: 'PREPARED' }] },
      })
      expect(story.status).toBe('PREPARED')
    },
  )

  it('is refused while a branch is refused, which before submit decides nothing', () => {
    const story = openTcc().report('a', 'done').report('b', 'refused')
    expect(story.status).toBe('PREPARED')
    expect(refusalOf(() => story.submit())).toMatchObject({
      code: 'BRANCH_UNDECIDED',
      details: { branches: [{ branch_id: 'b', status: 'FAILED' }] },
    })
  })

  it('is refused while a tried branch is refused', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a')).answer('a', 'refused')
    expect(refusalOf(() => story.submit()).code).toBe('BRANCH_UNDECIDED')
  })

  it.each(['unknown', 'ongoing'] as const)(
    'passes a tried branch that is %s to the coordinator',
    (outcome) => {
      const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a')).answer('a', outcome)
      expect(story.due).toEqual([])
      story.submit()
      expect(story.branch('a').drivenBy).toBe('coordinator')
      expect(story.callAndAnswer('done')).toEqual(['a try'])
      expect(story.status).toBe('COMMITTING')
    },
  )

  it('passes on a tried branch whose call is in flight, and calls it when that call has ended', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a'), 30_000).submit()
    expect(story.due).toEqual([])
    expect(story.wakeAt).toBe(story.now + 30_000)
    expect(story.pass(30_000).due).toEqual(['a try'])
  })

  it('passes on a tried branch that was registered and never called', () => {
    const story = givenOpen({ mode: 'tcc' }).register(branchOf('tcc', 'a'), true).submit()
    expect(story.due).toEqual(['a try'])
  })

  it('leaves a tried branch that is done to the application', () => {
    const story = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a')).answer('a', 'done').submit()
    expect(story.branch('a').drivenBy).toBe('application')
  })

  it('names the first five branches that stand in its way', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const story = givenOpen({ mode: 'tcc' }, ...names.map((name) => branchOf('tcc', name, application)))
    expect(refusalOf(() => story.submit()).message).toBe('not every branch has succeeded: a, b, c, d, e')
    story.add(branchOf('tcc', 'f', application))
    expect(refusalOf(() => story.submit()).message).toBe('not every branch has succeeded: a, b, c, d, e …')
  })

  it('gives a tried branch its attempts anew', () => {
    const story = givenOpen({ mode: 'tcc' })
      .try(branchOf('tcc', 'a', { retry: { maxAttempts: 1 } }))
      .answer('a', 'unknown')
      .submit()
    expect(story.status).toBe('SUBMITTED')
    story.callAndAnswer('unknown')
    expect(story.transaction.reason).toBe('ATTEMPTS_EXHAUSTED')
  })

  it.each([
    ['an `after` that names no branch', [branchOf('saga', 'a', { after: ['z'] })], 'a.after'],
    ['a result of no branch', [branchOf('saga', 'a', { payload: { $result: 'z' } })], 'a.payload'],
    [
      'an undo that reads no branch',
      [branchOf('saga', 'a', { undoPayload: { $result: 'z' } })],
      'a.undo_payload',
    ],
    [
      'branches that wait for each other',
      [branchOf('saga', 'a', { after: ['b'] }), branchOf('saga', 'b', { after: ['a'] })],
      'branches',
    ],
  ])('is refused for %s, and may be repeated', (_, branches, path) => {
    const story = givenOpen({}, ...branches)
    expect(refusalOf(() => story.submit())).toMatchObject({ code: 'INVALID_REQUEST', details: [{ path }] })
    expect(story.status).toBe('PREPARED')
    if (path !== 'branches') expect(story.add(branchOf('saga', 'z')).submit().status).toBe('SUBMITTED')
  })

  it('said again answers the present status, ended or not', () => {
    const story = given({ branches: [branchOf('saga', 'a')] })
    const { transaction } = story
    expect(story.submit().transaction).toBe(transaction)
    story.callAndAnswer('done')
    const ended = story.transaction
    expect(isEnded(ended.status)).toBe(true)
    expect(story.submit().transaction).toBe(ended)
    const aborted = given({ branches: [branchOf('saga', 'a')] }).abort()
    expect(aborted.submit().status).toBe('ABORTED')
  })

  it('is refused after an abort that came before any submit', () => {
    const story = openTcc().abort()
    expect(refusalOf(() => story.submit())).toMatchObject({
      code: 'INVALID_STATUS_TRANSITION',
      details: { from: 'ABORTING', to: 'SUBMITTED' },
    })
  })

  it('is refused when time has run out, whether anybody has looked or not', () => {
    const story = openTcc().report('a', 'done').report('b', 'done')
    story.now += 60_000
    expect(refusalOf(() => story.submit())).toMatchObject({ details: { from: 'ABORTING' } })
    expect(story.status).toBe('PREPARED')
  })

  it('of a message is welcome after its deadline, until the query is answered', () => {
    const story = givenOpen(fieldsOf('message'), branchOf('message', 'a')).pass(60_000)
    story.callDue()
    expect(story.submit().status).toBe('COMMITTING')
    expect(story.answer(undefined, 'refused').status).toBe('COMMITTING')
  })
})

describe('confirm', () => {
  const answers = (story: Story) => refusalOf(() => story.confirm())

  it('decides to commit when every branch has succeeded', () => {
    const story = openTcc().report('a', 'done').report('b', 'done').confirm()
    expect(story.status).toBe('COMMITTING')
    expect(story.decided).toBe(true)
    expect(story.due).toEqual(['a confirm', 'b confirm'])
  })

  it('is refused while a branch has not succeeded, whoever drives it', () => {
    expect(answers(openTcc().report('a', 'done'))).toMatchObject({
      code: 'BRANCH_UNDECIDED',
      details: { branches: [{ branch_id: 'b', status: 'PREPARED' }] },
    })
    const mixed = givenOpen({ mode: 'tcc' }, branchOf('tcc', 'a'))
    expect(answers(mixed).code).toBe('BRANCH_UNDECIDED')
    const tried = givenOpen({ mode: 'tcc' }).try(branchOf('tcc', 'a')).answer('a', 'unknown')
    expect(answers(tried).code).toBe('BRANCH_UNDECIDED')
  })

  it('is refused while a submitted transaction is undecided', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a'), branchOf('tcc', 'b')] })
    story.callDue()
    story.answer('a', 'done')
    expect(answers(story)).toMatchObject({
      code: 'BRANCH_UNDECIDED',
      details: { branches: [{ branch_id: 'b', status: 'ONGOING' }] },
    })
  })

  it('said again changes nothing', () => {
    const story = openTcc().report('a', 'done').report('b', 'done').confirm()
    const { transaction } = story
    expect(story.confirm().transaction).toBe(transaction)
    story.callAndAnswer('done')
    expect(story.status).toBe('COMMITTED')
    expect(story.confirm().status).toBe('COMMITTED')
  })

  it('is refused against the decision to abort, submitted or not', () => {
    expect(answers(openTcc().abort())).toMatchObject({
      code: 'INVALID_STATUS_TRANSITION',
      details: { from: 'ABORTING', to: 'COMMITTING' },
    })
    expect(answers(given({ mode: 'tcc', branches: [branchOf('tcc', 'a')] }).abort())).toMatchObject({
      details: { from: 'ABORTED', to: 'COMMITTING' },
    })
  })
})
