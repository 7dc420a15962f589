import { AssentError, BRANCHES_MAX, type BranchRequest, invalidRequest, type Problem } from '@assent/contract'
import { newBranch } from './accept.ts'
import { missingResult } from './body.ts'
import { Draft } from './draft.ts'
import type { AcceptanceRules } from './rules.ts'
import type { Branch, Transaction } from './transaction.ts'
import { branchProblems } from './validate-branch.ts'

/** A branch that comes to a transaction which is still open. */
export interface Addition {
  branch: BranchRequest
  /** Hash of the request, by which a replay is told from a conflict. */
  content: string
  /** It is registered to be called at once, on the application's behalf. */
  tried: boolean
  rules: AcceptanceRules
}

/**
 * The transaction with one branch more; the very same value when the same content is there already. Throws
 * INVALID_REQUEST, CONFLICT, INVALID_STATUS_TRANSITION.
 */
export function add(transaction: Transaction, addition: Addition, now: number): Transaction {
  const draft = new Draft(transaction, now)
  const { content, tried } = addition
  const { branchId } = addition.branch
  const known = draft.branches[draft.find(branchId)]
  if (known !== undefined) {
    if (known.content === content && known.tried === tried) return transaction
    throw new AssentError('CONFLICT', `branch_id ${branchId} is in use with other content`, {
      branch_id: branchId,
    })
  }
  if (transaction.status !== 'PREPARED') {
    throw new AssentError(
      'INVALID_STATUS_TRANSITION',
      `a branch can be added to a PREPARED transaction only, and this one is ${transaction.status}`,
      { from: transaction.status, to: 'PREPARED' },
    )
  }
  const branch = newBranch(
    tried ? { ...addition.branch, drivenBy: 'application' } : addition.branch,
    content,
    tried,
  )
  const problems = additionProblems(transaction, branch, addition.rules)
  if (problems.length > 0) throw invalidRequest(problems)
  enter(draft, branch)
  return draft.transaction
}

function additionProblems(transaction: Transaction, branch: Branch, rules: AcceptanceRules): Problem[] {
  const problems = branchProblems(branch.request, transaction.mode, '', rules)
  if (branch.tried) problems.push(...tryProblems(transaction, branch))
  if (transaction.branches.length >= BRANCHES_MAX) {
    problems.push({
      path: 'branch_id',
      problem: `would be branch ${BRANCHES_MAX + 1}: ${BRANCHES_MAX} are the most`,
    })
  }
  return problems
}

/** What a branch lacks to be called now. */
function tryProblems(transaction: Transaction, branch: Branch): Problem[] {
  const problems: Problem[] = []
  if ((branch.request.action ?? '') === '') {
    problems.push({ path: 'action', problem: 'is required: it is called now' })
  }
  const missing = missingResult(transaction, transaction.branches, branch)
  if (missing !== undefined) {
    const { branchId, pointer } = missing
    const problem = `needs a result of ${branchId} at ${JSON.stringify(pointer)}, which is not there`
    problems.push({ path: 'payload', problem })
  }
  for (const branchId of branch.request.reads ?? []) {
    const read = transaction.branches.find(({ request }) => request.branchId === branchId)
    if (read?.phaseOneOutcome === 'done') continue
    problems.push({ path: 'reads', problem: `names ${branchId}, which is not done` })
  }
  return problems
}

function enter(draft: Draft, branch: Branch): void {
  const { transaction, now } = draft
  if (branch.drivenBy === 'application') {
    // From its registration on: the application may call the service before anyone hears of it.
    branch.maybeDone = true
    transaction.deadline ??= now + transaction.options.timeoutToFailMs
  }
  draft.append(branch)
  transaction.updatedAt = Math.max(transaction.updatedAt, now)
}
