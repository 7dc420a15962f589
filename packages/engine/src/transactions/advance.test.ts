import { MODES, type Mode, STATUSES, type Status } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, refusalOf, type Story } from '../../test/story.ts'
import { MODE_ROWS } from './modes.ts'

const TWO_PHASES: readonly Mode[] = ['saga', 'tcc', 'xa']

/** A transaction of each mode in each status that the mode knows, and how it came there. */
const IN: Record<Status, (mode: Mode) => Story> = {
  PREPARED: (mode) => givenOpen(fieldsOf(mode), branchOf(mode, 'a')),
  SUBMITTED: (mode) => given({ ...fieldsOf(mode), branches: [branchOf(mode, 'a')] }),
  COMMITTING: (mode) => {
    // In a saga only what follows the pivot is left to do after the decision.
    const branches =
      mode === 'saga'
        ? [
            { branchId: 'p', pivot: true },
            { branchId: 'a', action: 'http://a/' },
          ]
        : [branchOf(mode, 'a')]
    const story = given({ ...fieldsOf(mode), branches })
    if (story.status === 'SUBMITTED') story.callAndAnswer('done')
    return story
  },
  COMMITTED: (mode) => given({ ...fieldsOf(mode), branches: [] }),
  ABORTING: (mode) => givenOpen({ mode }, branchOf(mode, 'a', { drivenBy: 'application' })).abort(),
  ABORTED: (mode) => givenOpen(fieldsOf(mode)).abort(),
}

const cases = (status: Status): Mode[] => {
  if (status === 'SUBMITTED' || status === 'ABORTING') return [...TWO_PHASES]
  return [...MODES]
}
const all = STATUSES.flatMap((status) => cases(status).map((mode) => ({ status, mode })))

it.each(all)('a $mode is $status where these tests say so', ({ status, mode }) => {
  expect(IN[status](mode).status).toBe(status)
})

describe('the arrows of the picture', () => {
  it.each(TWO_PHASES)('PREPARED goes to SUBMITTED by submit (%s)', (mode) => {
    expect(IN.PREPARED(mode).submit().transaction).toMatchObject({ status: 'SUBMITTED', submitted: true })
  })

  it.each(MODES)('PREPARED goes to ABORTED by an abort, at once where nothing is at stake (%s)', (mode) => {
    const story = IN.PREPARED(mode).abort('changed my mind')
    expect(story.transaction).toMatchObject({
      status: 'ABORTED',
      reason: 'changed my mind',
      submitted: false,
    })
    expect(story.decided).toBe(true)
  })

  it.each(TWO_PHASES)(
    'PREPARED goes to ABORTING by the deadline of what the application drives (%s)',
    (mode) => {
      const story = givenOpen({ mode }, branchOf(mode, 'a', { drivenBy: 'application' }))
      expect(story.pass(59_999).status).toBe('PREPARED')
      story.pass(1)
      expect(story.transaction).toMatchObject({ status: 'ABORTING', reason: 'DEADLINE' })
      expect(story.decided).toBe(true)
    },
  )

  it.each(TWO_PHASES)('PREPARED goes to ABORTED when it was abandoned with nothing at stake (%s)', (mode) => {
    const story = IN.PREPARED(mode)
    expect(story.pass(86_399_999).status).toBe('PREPARED')
    expect(story.pass(1).transaction).toMatchObject({ status: 'ABORTED', reason: 'ABANDONED' })
  })

  it('PREPARED stays, however long, where the sender can be asked', () => {
    const story = IN.PREPARED('message')
    for (let count = 0; count < 50; count++) {
      story.callAndAnswer('unknown')
      expect(story.pass(86_400_000).status).toBe('PREPARED')
    }
  })

  it('PREPARED goes to COMMITTING, past what the mode does not have', () => {
    expect(IN.PREPARED('message').submit().status).toBe('COMMITTING')
  })

  it.each(TWO_PHASES)('SUBMITTED goes on when all is done: to the end where no call is left (%s)', (mode) => {
    const story = IN.SUBMITTED(mode)
    story.callAndAnswer('done')
    expect(story.status).toBe(MODE_ROWS[mode].confirm === undefined ? 'COMMITTED' : 'COMMITTING')
    expect(story.decided).toBe(true)
  })

  it.each([
    ['a refusal', (story: Story) => story.callAndAnswer('refused'), 'BRANCH_REFUSED'],
    ['the deadline', (story: Story) => story.pass(60_000), 'DEADLINE'],
    ['the caller', (story: Story) => story.abort(), 'ABORTED_BY_CALLER'],
  ])('SUBMITTED goes to ABORTED by %s', (_, act, reason) => {
    for (const mode of TWO_PHASES) {
      const story = IN.SUBMITTED(mode)
      act(story)
      expect(story.transaction).toMatchObject({ status: 'ABORTED', reason })
      expect(story.decided).toBe(true)
    }
  })

  it.each(TWO_PHASES)(
    'SUBMITTED goes to ABORTING when the attempts of a branch are exhausted (%s)',
    (mode) => {
      const branches = [branchOf(mode, 'a', { retry: { maxAttempts: 3 } }), branchOf(mode, 'b')]
      const story = given({ mode, branches })
      for (let count = 0; count < 3; count++) {
        expect(story.status).toBe('SUBMITTED')
        story.pass(10_000).callDue()
        story.answer('a', 'unknown')
      }
      expect(story.transaction).toMatchObject({
        status: 'ABORTING',
        reason: 'ATTEMPTS_EXHAUSTED',
        failedBranch: 'a',
      })
      story.answer('b', 'refused')
      expect(story.callAndAnswer('done')).toEqual([`a ${MODE_ROWS[mode].undo}`])
    },
  )

  it('spends no attempt on an answer that is ongoing', () => {
    const story = given({ branches: [branchOf('saga', 'a', { retry: { maxAttempts: 2 } })] })
    for (let count = 0; count < 5; count++) {
      story.callAndAnswer('ongoing')
      story.pass(1_000)
    }
    expect(story.status).toBe('SUBMITTED')
  })

  it.each(MODES)('COMMITTING goes to COMMITTED when every call is done, whenever that is (%s)', (mode) => {
    const story = IN.COMMITTING(mode)
    story.pass(100_000_000)
    story.callAndAnswer('unknown')
    expect(story.status).toBe('COMMITTING')
    story.pass(60_000).callAndAnswer('done')
    expect(story.status).toBe('COMMITTED')
  })

  it.each(TWO_PHASES)('ABORTING goes to ABORTED when every undo is done, whenever that is (%s)', (mode) => {
    const story = IN.ABORTING(mode)
    story.pass(100_000_000)
    story.callAndAnswer('unknown')
    expect(story.status).toBe('ABORTING')
    story.pass(60_000).callAndAnswer('done')
    expect(story.status).toBe('ABORTED')
  })

  it('several may be taken in one write', () => {
    const story = givenOpen({}, { branchId: 'a', action: '' }).submit()
    expect(story.status).toBe('COMMITTED')
  })
})

describe('the arrows that the picture lacks', () => {
  const commands = {
    submit: (story: Story) => story.submit(),
    confirm: (story: Story) => story.confirm(),
    abort: (story: Story) => story.abort(),
    add: (story: Story) => story.add({ branchId: 'new' }),
  }
  /** Whether a command is refused in a status; what is neither refused nor done is a repeat. */
  const REFUSED: Record<keyof typeof commands, readonly Status[]> = {
    submit: ['ABORTING', 'ABORTED'],
    confirm: ['ABORTING', 'ABORTED'],
    abort: ['COMMITTING', 'COMMITTED'],
    add: ['SUBMITTED', 'COMMITTING', 'COMMITTED', 'ABORTING', 'ABORTED'],
  }
  const refused = all.flatMap(({ status, mode }) =>
    (Object.keys(commands) as (keyof typeof commands)[])
      .filter((command) => REFUSED[command].includes(status))
      .map((command) => ({ status, mode, command })),
  )

  it.each(refused)('$command of a $mode that is $status is an error, and changes nothing', (given) => {
    const story = IN[given.status](given.mode)
    const { transaction } = story
    expect(refusalOf(() => commands[given.command](story))).toMatchObject({
      code: 'INVALID_STATUS_TRANSITION',
      details: { from: given.status },
    })
    expect(story.transaction).toBe(transaction)
  })

  const repeats = [
    ...['SUBMITTED', 'COMMITTING', 'COMMITTED'].map((status) => ({ status, command: 'submit' })),
    ...['COMMITTING', 'COMMITTED'].map((status) => ({ status, command: 'confirm' })),
    ...['ABORTING', 'ABORTED'].map((status) => ({ status, command: 'abort' })),
  ] as { status: Status; command: keyof typeof commands }[]

  it.each(repeats)('$command where it is $status already changes nothing', ({ status, command }) => {
    for (const mode of cases(status)) {
      const story = IN[status](mode)
      const { transaction } = story
      expect(commands[command](story).transaction).toBe(transaction)
      expect(story.decided).toBe(false)
    }
  })
})

describe('the reason of an abort', () => {
  it("is the caller's own, or that the caller said so", () => {
    expect(IN.SUBMITTED('saga').abort('too dear').transaction.reason).toBe('too dear')
    expect(IN.SUBMITTED('saga').abort().transaction.reason).toBe('ABORTED_BY_CALLER')
  })

  it('names the branch that failed, and is not overwritten by what comes after it', () => {
    const story = given({ branches: [branchOf('saga', 'a'), branchOf('saga', 'b')] })
    story.callDue()
    story.answer('b', 'refused', { refusal: { code: 'FIRST' } })
    story.answer('a', 'refused', { refusal: { code: 'SECOND' } })
    expect(story.transaction).toMatchObject({
      status: 'ABORTED',
      failedBranch: 'b',
      refusal: { code: 'FIRST' },
    })
    expect(story.branch('a').refusal).toEqual({ code: 'SECOND' })
  })

  it('names at the deadline a branch that was not done', () => {
    const story = given({ branches: [branchOf('saga', 'a'), branchOf('saga', 'b')] })
    story.callDue()
    story.answer('a', 'done').pass(60_000)
    expect(story.transaction).toMatchObject({ reason: 'DEADLINE', failedBranch: 'b' })
  })
})

describe('the deadline', () => {
  it('runs from submit, unless the application drives a branch', () => {
    const story = givenOpen({}, branchOf('saga', 'a'))
    story.now += 500
    expect(story.submit().transaction.deadline).toBe(story.now + 60_000)
    const own = givenOpen({}, branchOf('saga', 'a', { drivenBy: 'application' })).report('a', 'done')
    const { deadline } = own.transaction
    own.now += 500
    own.add(branchOf('saga', 'b')).submit()
    expect(own.transaction.deadline).toBe(deadline)
  })

  it('does not strike what was done in time, nor what is done in the same moment', () => {
    const story = given({ branches: [branchOf('saga', 'a')] })
    story.callDue()
    story.now += 60_000
    expect(story.answer('a', 'done').status).toBe('COMMITTED')
  })
})

describe('time alone', () => {
  it('changes nothing, not even a copy, until something is due', () => {
    for (const { status, mode } of all) {
      const story = IN[status](mode)
      story.callDue()
      const { transaction } = story
      expect(story.pass(1).transaction).toBe(transaction)
      expect(story.decided).toBe(false)
    }
  })
})
