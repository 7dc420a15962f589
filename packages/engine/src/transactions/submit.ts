import { AssentError, invalidRequest } from '@assent/contract'
import type { Draft } from './draft.ts'
import { MODE_ROWS } from './modes.ts'
import { settleOrder } from './order.ts'
import type { Branch } from './transaction.ts'

/** The branches that keep a transaction from being submitted: refused, or the application's to decide. */
function undecided(branches: readonly Branch[], triedMayBeOpen: boolean): Branch[] {
  return branches.filter((branch) => {
    if (branch.drivenBy !== 'application' || branch.status === 'SUCCEED') return false
    return branch.status === 'FAILED' || !branch.tried || !triedMayBeOpen
  })
}

/**
 * The caller says that the transaction is complete. `allDone`: it also says that every branch has succeeded,
 * so that this decides to commit. Throws BRANCH_UNDECIDED, INVALID_REQUEST, INVALID_STATUS_TRANSITION.
 */
export function submit(draft: Draft, allDone: boolean): void {
  const { transaction } = draft
  if (transaction.status !== 'PREPARED') {
    if (transaction.submitted && !(allDone && isAborting(transaction.status))) return
    throw new AssentError(
      'INVALID_STATUS_TRANSITION',
      `the transaction is ${transaction.status} (${transaction.reason ?? 'aborted before it was submitted'})`,
      { from: transaction.status, to: allDone ? 'COMMITTING' : 'SUBMITTED' },
    )
  }
  const open = allDone
    ? draft.branches.filter((branch) => branch.status !== 'SUCCEED')
    : undecided(draft.branches, true)
  if (open.length > 0) {
    const names = open.map((branch) => branch.request.branchId)
    throw new AssentError(
      'BRANCH_UNDECIDED',
      `not every branch has succeeded: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' …' : ''}`,
      {
        branches: open.map((branch) => ({ branch_id: branch.request.branchId, status: branch.status })),
      },
    )
  }
  const problems = settleOrder(draft)
  if (problems.length > 0) throw invalidRequest(problems)
  markSubmitted(draft)
}

function isAborting(status: string): boolean {
  return status === 'ABORTING' || status === 'ABORTED'
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
