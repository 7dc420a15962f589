import { AssentError, invalidRequest } from '@assent/contract'
import type { Draft } from './draft.ts'
import { MODE_ROWS } from './modes.ts'
import { settleOrder } from './order.ts'
import type { Branch } from './transaction.ts'

/** Branches that a message names; `details` holds them all. */
const NAMES_SHOWN = 5

/**
 * The caller says that the transaction is complete. `allDone`: it also says that every branch has succeeded,
 * so that this decides to commit. Said again it changes nothing. Throws BRANCH_UNDECIDED, INVALID_REQUEST,
 * INVALID_STATUS_TRANSITION.
 */
export function submit(draft: Draft, allDone: boolean): void {
  const { transaction } = draft
  switch (transaction.status) {
    case 'PREPARED': {
      requireNone(draft.branches.filter(allDone ? isUnfinished : isUndecided))
      const problems = settleOrder(draft)
      if (problems.length > 0) throw invalidRequest(problems)
      markSubmitted(draft)
      return
    }
    case 'SUBMITTED':
      if (allDone) requireNone(draft.branches.filter(isUnfinished))
      return
    case 'COMMITTING':
    case 'COMMITTED':
      return
    case 'ABORTING':
    case 'ABORTED':
      if (transaction.submitted && !allDone) return
      throw new AssentError(
        'INVALID_STATUS_TRANSITION',
        `the transaction is ${transaction.status} (${transaction.reason ?? 'without a reason'})`,
        { from: transaction.status, to: allDone ? 'COMMITTING' : 'SUBMITTED' },
      )
  }
}

/** Refused, or the application's to decide. */
function isUndecided(branch: Branch): boolean {
  if (branch.drivenBy !== 'application' || branch.status === 'SUCCEED') return false
  return branch.status === 'FAILED' || !branch.tried
}

function isUnfinished(branch: Branch): boolean {
  return !branch.follower && branch.status !== 'SUCCEED'
}

function requireNone(open: readonly Branch[]): void {
  if (open.length === 0) return
  const names = open.slice(0, NAMES_SHOWN).map((branch) => branch.request.branchId)
  throw new AssentError(
    'BRANCH_UNDECIDED',
    `not every branch has succeeded: ${names.join(', ')}${open.length > NAMES_SHOWN ? ' …' : ''}`,
    { branches: open.map((branch) => ({ branch_id: branch.request.branchId, status: branch.status })) },
  )
}

/** From here on calls may be made; a tried branch without an outcome passes to the coordinator. */
export function markSubmitted(draft: Draft): void {
  const { transaction, now } = draft
  transaction.submitted = true
  draft.decided = true
  if (MODE_ROWS[transaction.mode].phaseOne === undefined) {
    transaction.status = 'COMMITTING'
    if (transaction.inquiry !== undefined) transaction.inquiry = { ...transaction.inquiry, open: undefined }
    return
  }
  transaction.status = 'SUBMITTED'
  transaction.deadline ??= now + transaction.options.timeoutToFailMs
  draft.branches.forEach((branch, position) => {
    if (branch.tried && branch.status !== 'SUCCEED') {
      const copy = draft.branch(position)
      copy.drivenBy = 'coordinator'
      if (copy.open !== undefined) copy.open = { ...copy.open, dueAt: now, failures: 0 }
    }
  })
}
