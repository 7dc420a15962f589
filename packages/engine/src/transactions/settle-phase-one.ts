import { phaseOneRefused } from './answer.ts'
import { missingResult, RESULT_MISSING } from './body.ts'
import { decideAbort, decideCommit } from './decide.ts'
import type { Draft } from './draft.ts'
import {
  type Branch,
  isPhaseOneDone,
  isPivotWithoutUndo,
  operationUrl,
  phaseOneOperation,
  type Transaction,
} from './transaction.ts'

/** Whether all that comes before a branch is done, so that it may be called. */
export function isReady(branches: readonly Branch[], branch: Branch): boolean {
  for (const position of branch.after) {
    const before = branches[position]
    if (before === undefined || !isPhaseOneDone(before)) return false
  }
  return true
}

/** A pivot that can't be undone and was recorded: only its own answer ends phase one. */
export function isPivotAsked(transaction: Transaction): boolean {
  return transaction.branches.some((branch) => branch.recorded === true && branch.status !== 'FAILED')
}

/** Branches without a URL, missing results, the pivot's record, and then the decision. */
export function settlePhaseOne(draft: Draft): void {
  const { transaction } = draft
  settleReadyBranches(draft)
  const refused = draft.branches.find((branch) => !branch.follower && branch.status === 'FAILED')
  if (refused !== undefined) {
    decideAbort(draft, {
      reason: refused.reason ?? 'BRANCH_REFUSED',
      failedBranch: refused.request.branchId,
      refusal: refused.refusal,
    })
    return
  }
  const pivot = draft.branches.find((branch) => branch.request.pivot === true)
  const done =
    pivot === undefined
      ? draft.branches.every((branch) => branch.follower || branch.status === 'SUCCEED')
      : pivot.status === 'SUCCEED'
  if (done) {
    decideCommit(draft)
    return
  }
  if (isPivotAsked(transaction)) return
  const exhausted = draft.branches.find((branch) => isExhausted(branch))
  if (exhausted !== undefined) {
    decideAbort(draft, { reason: 'ATTEMPTS_EXHAUSTED', failedBranch: exhausted.request.branchId })
  } else if (isOverdue(draft)) {
    const late = draft.branches.find((branch) => !branch.follower && branch.status !== 'SUCCEED')
    decideAbort(draft, { reason: 'DEADLINE', failedBranch: late?.request.branchId })
  }
}

function isOverdue({ transaction, now }: Draft): boolean {
  return transaction.deadline !== undefined && now >= transaction.deadline
}

function isExhausted(branch: Branch): boolean {
  const most = branch.request.retry?.maxAttempts
  return (
    most !== undefined &&
    !branch.follower &&
    branch.status === 'ONGOING' &&
    branch.inFlight === undefined &&
    (branch.open?.failures ?? 0) >= most
  )
}

/** Takes each ready branch as far as it comes without a call; one that is done may make another ready. */
function settleReadyBranches(draft: Draft): void {
  for (let again = true; again; ) {
    again = false
    for (let position = 0; position < draft.branches.length; position++) {
      const branch = draft.branches[position]
      if (branch === undefined || branch.follower || branch.status !== 'PREPARED') continue
      if (branch.drivenBy !== 'coordinator' || branch.open !== undefined) continue
      if (!isReady(draft.branches, branch)) continue
      again = settleReadyBranch(draft, position, branch) || again
    }
  }
}

/** Answers whether the branch is done without a call. */
function settleReadyBranch(draft: Draft, position: number, branch: Branch): boolean {
  const op = phaseOneOperation(draft.transaction, branch)
  if (op === undefined) return false
  if (operationUrl(branch.request, op) === '') {
    const copy = draft.branch(position)
    copy.status = 'SUCCEED'
    copy.phaseOneOutcome = 'done'
    copy.op = op
    return true
  }
  const missing = missingResult(draft.transaction, draft.branches, branch)
  if (missing !== undefined) {
    const copy = draft.branch(position)
    copy.op = op
    copy.reason = RESULT_MISSING
    phaseOneRefused(copy, {
      code: RESULT_MISSING,
      message: `the result of ${missing.branchId} has nothing at ${JSON.stringify(missing.pointer)}`,
    })
    return false
  }
  // What nothing can undo is not begun when the time is up.
  const isRecordable = branch.recorded !== true && isPivotWithoutUndo(draft.transaction, branch)
  if (isRecordable && !isOverdue(draft)) {
    draft.branch(position).recorded = true
    draft.decided = true
  }
  return false
}
