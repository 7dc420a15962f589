import {
  ATTEMPTS_KEPT,
  type Attempt,
  BRANCHES_MAX,
  DEFAULT_OPTIONS,
  type Operation,
  OUTCOMES,
  REFUSAL_MAX_BYTES,
  RESULTS_MAX_BYTES,
  TRANSACTION_MAX_BYTES,
  TRANSACTION_STATE_MAX_BYTES,
} from '@assent/contract'
import { advance, type Branch, run, type Transaction } from '@assent/engine'
import { describe, expect, it } from 'vitest'
import { readState, writeAccepted, writeState } from './state.ts'

const rules = { schemes: new Set(['test:']), allows: () => true }

/** As many branches as may be, that take as many bytes as they may when they are accepted. */
function largest(): Transaction {
  const branches = Array.from({ length: BRANCHES_MAX }, (_, position) => ({
    branchId: `branch-${position}`,
    action: 'test:a',
    compensate: 'test:a/undo',
    payload: 'x'.repeat(1_900),
  }))
  const acceptance = {
    gid: 'g',
    now: 1_000_000_000_000,
    content: '',
    application: '',
    defaults: DEFAULT_OPTIONS,
    rules,
  }
  return run({ branches }, acceptance)
}

/** Characters of which each takes six bytes of JSON. */
const control = (length: number): string => '\u0001'.repeat(length)

const OPERATIONS = ['action', 'compensate'] as const satisfies readonly Operation[]
const at = 1_700_000_000_000

/** Everything that answers can add to a branch, all of it as long as it can be. */
function grown(branch: Branch, position: number, resultBytes: number): Branch {
  const attempts = Array.from(
    { length: ATTEMPTS_KEPT },
    (_, index): Attempt => ({
      op: OPERATIONS[index % 2] ?? 'action',
      at: at + index,
      durationMs: 12_345.678,
      outcome: OUTCOMES[(index >> 1) % OUTCOMES.length] ?? 'unknown',
      status: 503,
      error: control(500),
      ignored: true,
    }),
  )
  const result = 'r'.repeat(resultBytes)
  const open = {
    op: 'compensate' as const,
    openedAt: at,
    calls: 1_000_000,
    failures: 1_000_000,
    dueAt: at,
    forced: true,
    attention: { reason: 'REFUSED_IN_PHASE_TWO', since: at },
  }
  return {
    ...branch,
    after: [position - 1],
    status: 'SUCCEED',
    phaseOneOutcome: 'done',
    maybeDone: true,
    read: true,
    op: 'compensate',
    open,
    inFlight: { op: 'compensate', attempt: 1_000_000, until: at, earlierUntil: at },
    told: { outcome: 'done', result },
    result,
    resultOmitted: true,
    reason: control(1_024),
    refusal: { code: control(64), message: control(4_000), details: 'd'.repeat(REFUSAL_MAX_BYTES / 2) },
    attempts,
    attemptCount: 1_000_000,
  }
}

function everythingCame(): Transaction {
  const accepted = largest()
  const resultBytes = RESULTS_MAX_BYTES / BRANCHES_MAX - 3
  return {
    ...accepted,
    status: 'ABORTING',
    reason: control(1_024),
    refusal: { message: control(10_000), details: 'd'.repeat(REFUSAL_MAX_BYTES) },
    resultBytes: RESULTS_MAX_BYTES,
    branches: accepted.branches.map((branch, position) => grown(branch, position, resultBytes)),
  }
}

const again = (transaction: Transaction): Transaction =>
  readState({ gid: transaction.gid, state: writeState(transaction) })

describe('the size of the stored state', () => {
  it('is bounded whatever comes of the calls, with as many branches as may be', () => {
    const accepted = writeAccepted(largest())
    expect(Buffer.byteLength(accepted)).toBeGreaterThan(0.9 * TRANSACTION_MAX_BYTES)
    const transaction = everythingCame()
    expect(JSON.stringify(transaction).length).toBeGreaterThan(5 * TRANSACTION_STATE_MAX_BYTES)
    expect(Buffer.byteLength(writeState(transaction))).toBeLessThan(TRANSACTION_STATE_MAX_BYTES)
  })

  it('is bounded where every undo says which branches before it were not decided', () => {
    const accepted = largest()
    const without = accepted.branches.map((_, position) => position)
    const branches = accepted.branches.map((branch, position) => ({
      ...grown(branch, position, 0),
      phaseOneOutcome: undefined,
      result: undefined,
      told: { outcome: 'unknown' as const, without: without.slice(0, position) },
    }))
    const text = writeState({ ...accepted, status: 'ABORTING', branches })
    expect(Buffer.byteLength(text)).toBeLessThan(TRANSACTION_STATE_MAX_BYTES)
  })

  it('costs words and old attempts only: results, what an undo is told and what comes next are kept', () => {
    const before = everythingCame()
    const after = again(before)
    for (const position of [0, 17, BRANCHES_MAX - 1]) {
      const { attempts, refusal, reason, ...rest } = before.branches[position] as Branch
      expect(after.branches[position]).toMatchObject(JSON.parse(JSON.stringify(rest)))
      const kinds = (all: readonly Attempt[]): Set<string> =>
        new Set(all.map((one) => `${one.op} ${one.outcome}`))
      expect(kinds(after.branches[position]?.attempts ?? [])).toEqual(kinds(attempts))
      expect(after.branches[position]?.refusal?.code?.startsWith(control(64))).toBe(true)
    }
    const claimed = advance(after, { type: 'claimed' }, at).transaction
    expect(claimed.branches.map(({ open }) => open?.op)).toEqual(before.branches.map(({ open }) => open?.op))
  })

  it('is not touched where it fits', () => {
    const accepted = largest()
    const few = {
      ...accepted,
      branches: accepted.branches.slice(0, 10).map((branch, at) => grown(branch, at, 9)),
    }
    expect(again(few)).toEqual(JSON.parse(JSON.stringify(few)))
  })

  it('is refused where the request alone takes too much, counted in bytes', () => {
    const { branches, ...rest } = largest()
    const payload = 'ü'.repeat(1_000)
    const wide = branches.map((branch) => ({ ...branch, request: { ...branch.request, payload } }))
    expect(writeAccepted({ ...rest, branches: wide.slice(0, 500) }).length).toBeLessThan(
      TRANSACTION_MAX_BYTES / 3,
    )
    const tooMuch = { ...rest, branches: wide, payload: 'ü'.repeat(100_000) }
    expect(writeState(tooMuch).length).toBeLessThan(TRANSACTION_MAX_BYTES)
    expect(() => writeAccepted(tooMuch)).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', details: { max_bytes: TRANSACTION_MAX_BYTES } }),
    )
  })
})
