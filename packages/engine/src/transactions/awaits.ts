import { isEnded, type Operation } from '@assent/contract'
import { MODE_ROWS } from './modes.ts'
import {
  type Branch,
  commitOperation,
  isCommitted,
  phaseOneOperation,
  type Transaction,
  undoOperation,
} from './transaction.ts'

/**
 * What an answer to this operation would come to: it is open, so that the answer counts; it may still be called, as far as
 * this state knows; or nobody asks any more. Undefined where there is no such branch. No branchId: the query.
 */
export function awaits(
  transaction: Transaction,
  branchId: string | undefined,
  op: Operation,
): 'open' | 'not yet' | 'past' | undefined {
  const { inquiry, mode, status } = transaction
  if (branchId === undefined) {
    if (inquiry?.open?.op === op) return 'open'
    return status === 'PREPARED' && MODE_ROWS[mode].query && op === 'query' ? 'not yet' : 'past'
  }
  const branch = transaction.branches.find(({ request }) => request.branchId === branchId)
  if (branch === undefined) return undefined
  if (isEnded(status)) return 'past'
  if (branch.open?.op === op) return 'open'
  return mayBeCalled(transaction, branch, op) ? 'not yet' : 'past'
}

function mayBeCalled(transaction: Transaction, branch: Branch, op: Operation): boolean {
  const { status } = transaction
  switch (op) {
    case phaseOneOperation(transaction, branch):
      return status === 'SUBMITTED' && branch.phaseOneOutcome === undefined
    case commitOperation(transaction, branch):
      return status !== 'ABORTING' && !isCommitted(transaction, branch)
    case undoOperation(transaction):
      return status === 'ABORTING' && branch.status !== 'COMPENSATED'
    default:
      return false
  }
}
