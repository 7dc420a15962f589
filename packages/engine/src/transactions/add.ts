import { AssentError, BRANCHES_MAX, type BranchRequest, invalidRequest } from '@assent/contract'
import { newBranch } from './accept.ts'
import { Draft } from './draft.ts'
import type { AcceptanceRules } from './rules.ts'
import type { Transaction } from './transaction.ts'
import { branchProblems } from './validate-branch.ts'

/**
 * The transaction with one branch more; the very same value when the same content is there already. Throws
 * INVALID_REQUEST, CONFLICT, INVALID_STATUS_TRANSITION.
 */
export function add(
  transaction: Transaction,
  addition: { branch: BranchRequest; content: string; tried: boolean; rules: AcceptanceRules },
  now: number,
): Transaction {
  const draft = new Draft(transaction, now)
  if (addBranch(draft, addition) === 'repeated') return transaction
  draft.transaction.updatedAt = Math.max(transaction.updatedAt, now)
  return draft.transaction
}

/**
 * Enters a branch into a transaction that is still open. The same content again changes nothing. Throws
 * INVALID_REQUEST, CONFLICT, INVALID_STATUS_TRANSITION.
 */
function addBranch(
  draft: Draft,
  addition: { branch: BranchRequest; content: string; tried: boolean; rules: AcceptanceRules },
): 'added' | 'repeated' {
  const { branch: request, content, tried, rules } = addition
  const { transaction, now } = draft
  const known = draft.branches[draft.find(request.branchId)]
  if (known !== undefined) {
    if (known.content === content && known.tried === tried) return 'repeated'
    throw new AssentError('CONFLICT', `branch_id ${request.branchId} is in use with other content`, {
      branch_id: request.branchId,
    })
  }
  const problems = branchProblems(request, transaction.mode, '', rules)
  if (tried && (request.action ?? '') === '') {
    problems.push({ path: 'action', problem: 'is required: it is called now' })
  }
  if (draft.branches.length >= BRANCHES_MAX) {
    problems.push({
      path: 'branch_id',
      problem: `would be branch ${BRANCHES_MAX + 1}: ${BRANCHES_MAX} are the most`,
    })
  }
  if (problems.length > 0) throw invalidRequest(problems)
  if (transaction.status !== 'PREPARED') {
    throw new AssentError(
      'INVALID_STATUS_TRANSITION',
      `a branch can be added to a PREPARED transaction only, and this one is ${transaction.status}`,
      { from: transaction.status, to: 'PREPARED' },
    )
  }
  const branch = newBranch(tried ? { ...request, drivenBy: 'application' } : request, content)
  branch.tried = tried
  if (branch.drivenBy === 'application') {
    // From its registration on: the application may call the service before anyone hears of it.
    branch.maybeDone = true
    transaction.deadline ??= now + transaction.options.timeoutToFailMs
  }
  draft.append(branch)
  draft.decided = true
  return 'added'
}
