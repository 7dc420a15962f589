import type { Engine } from '@assent/coordinator'
import type { Branch, Event, Transaction } from '@assent/engine'
import type { Plant } from './plant.ts'

/** An engine whose `advance` is seen through `change`: what went in, what came out. */
function wrapping(
  change: (
    advance: Engine['advance'],
    before: Transaction,
    event: Event,
    now: number,
  ) => ReturnType<Engine['advance']>,
): (engine: Engine) => Engine {
  return (engine) => ({
    ...engine,
    advance: (before, event, now) => change(engine.advance, before, event, now),
  })
}

/** On a claim only what is recorded as called counts as maybe done. */
export const UNDOES_ONLY_WHAT_IS_RECORDED: Plant = {
  name: 'undoes-only-what-is-recorded-as-called',
  breaks: [4],
  engine: wrapping((advance, before, event, now) => {
    const advanced = advance(before, event, now)
    if (event.type !== 'claimed') return advanced
    const branches = advanced.transaction.branches.map((branch, position): Branch => {
      const known = before.branches[position]
      const wasCalled = known === undefined || known.maybeDone || known.attemptCount > 0
      return wasCalled ? branch : { ...branch, maybeDone: false }
    })
    return { ...advanced, transaction: { ...advanced.transaction, branches } }
  }),
}

/** A decision rides along with the next write, and what follows from it starts at once. */
export const ACTS_BEFORE_DURABLE: Plant = {
  name: 'acts-on-a-decision-before-it-is-durable',
  breaks: [3],
  engine: wrapping((advance, before, event, now) => ({ ...advance(before, event, now), decided: false })),
}

/** A pivot without undo is called while that it is about to be called only rides along. */
export const PIVOT_WITHOUT_RECORD: Plant = {
  name: 'calls-a-pivot-without-the-record-before-it',
  breaks: [3],
  engine: wrapping((advance, before, event, now) => {
    const advanced = advance(before, event, now)
    const isRecorded = advanced.transaction.branches.some(
      (branch, position) => branch.recorded === true && before.branches[position]?.recorded !== true,
    )
    const hasDecided = advanced.transaction.status !== before.status
    return isRecorded && !hasDecided ? { ...advanced, decided: false } : advanced
  }),
}

/** A report is taken for whichever operation is open. */
export const REPORT_FOR_ANOTHER_OPERATION: Plant = {
  name: 'takes-a-report-for-another-operation',
  breaks: [7],
  engine: wrapping((advance, before, event, now) => {
    if (event.type !== 'reported' || event.outcome !== 'done') return advance(before, event, now)
    const open = before.branches.find((branch) => branch.request.branchId === event.branchId)?.open?.op
    return advance(before, open === undefined ? event : { ...event, op: open }, now)
  }),
}

/** Undoes everything at once, whatever comes after what. */
export const UNDOES_IN_ANY_ORDER: Plant = {
  name: 'undoes-in-the-wrong-order',
  breaks: [5],
  engine: wrapping((advance, before, event, now) => {
    if (before.status !== 'ABORTING') return advance(before, event, now)
    const branches = before.branches.map((branch) => ({ ...branch, after: [] }))
    const advanced = advance({ ...before, branches }, event, now)
    const restored = advanced.transaction.branches.map((branch, position) => ({
      ...branch,
      after: before.branches[position]?.after ?? [],
    }))
    return { ...advanced, transaction: { ...advanced.transaction, branches: restored } }
  }),
}

/** What an undo was told is worked out anew by whoever takes the transaction over. */
export const TELLS_TWO_OUTCOMES: Plant = {
  name: 'tells-an-undo-two-outcomes',
  breaks: [5],
  engine: wrapping((advance, before, event, now) => {
    if (event.type !== 'claimed') return advance(before, event, now)
    const branches = before.branches.map((branch): Branch => {
      if (branch.told === undefined || branch.status === 'COMPENSATED') return branch
      return { ...branch, told: { ...branch.told, outcome: 'unknown' } }
    })
    return advance({ ...before, branches }, event, now)
  }),
}

/** What an answer that leaves a call open says of when it is called again. */
function asksAgainAfter(delayMs: number): (engine: Engine) => Engine {
  return wrapping((advance, before, event, now) => {
    const advanced = advance(before, event, now)
    if (event.type !== 'answered' || event.outcome !== 'unknown') return advanced
    const branches = advanced.transaction.branches.map((branch): Branch => {
      if (branch.open === undefined || branch.request.branchId !== event.branchId) return branch
      return { ...branch, open: { ...branch.open, dueAt: now + delayMs } }
    })
    return { ...advanced, transaction: { ...advanced.transaction, branches } }
  })
}

/** A call that failed is asked again after an hour. */
export const BACKS_OFF_WITHOUT_A_CAP: Plant = {
  name: 'backs-off-without-a-cap',
  breaks: [8],
  engine: asksAgainAfter(3_600_000),
}

/** A call that failed is asked again at once. */
export const BACKS_OFF_NOT_AT_ALL: Plant = {
  name: 'backs-off-not-at-all',
  breaks: [8],
  engine: asksAgainAfter(0),
}
