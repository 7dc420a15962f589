import type { Operation } from '@assent/contract'
import { missingResult, RESULT_MISSING } from './body.ts'
import type { Draft } from './draft.ts'
import { commitOperation, isCommitted, operationUrl } from './transaction.ts'

/** Whether all that comes before a branch has done what the commit asks of it. */
export function isCommitReady(
  draft: Pick<Draft, 'transaction' | 'branches'>,
  after: readonly number[],
): boolean {
  for (const position of after) {
    const before = draft.branches[position]
    if (before === undefined || !isCommitted(draft.transaction, before)) return false
  }
  return true
}

/** Finishes what needs no call, and the transaction when nothing is left. */
export function settleCommit(draft: Draft): void {
  const { transaction } = draft
  for (let again = true; again; ) {
    again = false
    for (let position = 0; position < draft.branches.length; position++) {
      const branch = draft.branches[position]
      if (branch === undefined || isCommitted(transaction, branch)) continue
      const op = commitOperation(transaction, branch)
      if (op === undefined || branch.open !== undefined || !isCommitReady(draft, branch.after)) continue
      if (operationUrl(branch.request, op) !== '') {
        if (missingResult(transaction, draft.branches, branch) !== undefined)
          waitForResult(draft, position, op)
        continue
      }
      const copy = draft.branch(position)
      copy.status = 'CONFIRMED'
      copy.op = op
      again = true
    }
  }
  if (draft.branches.every((branch) => isCommitted(transaction, branch))) {
    transaction.status = 'COMMITTED'
    draft.decided = true
  }
}

/** A call that must be made and can't be: it waits, shown, until an operator says how it ended. */
function waitForResult(draft: Draft, position: number, op: Operation): void {
  const { now } = draft
  const branch = draft.branch(position)
  branch.op = op
  branch.open = {
    op,
    openedAt: now,
    calls: 0,
    failures: 0,
    dueAt: now,
    attention: { reason: RESULT_MISSING, since: now },
  }
}
