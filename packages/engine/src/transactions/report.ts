import { AssentError, invalidRequest, type Operation } from '@assent/contract'
import { phaseOneDone, phaseOneRefused, phaseTwoDone } from './answer.ts'
import type { Draft } from './draft.ts'
import type { Reported } from './events.ts'
import { reportedAttempt, withAttempt } from './record.ts'
import { isTooDeep } from './references.ts'
import { isSameJson } from './same-json.ts'
import { type Branch, isPivotWithoutUndo, phaseOneOperation } from './transaction.ts'

/**
 * Somebody says how a branch's operation ended. It counts for the open operation only; what is recorded already may be
 * said again. Throws BRANCH_NOT_FOUND, INVALID_REQUEST, INVALID_STATUS_TRANSITION. Answers whether it was a
 * repeat.
 */
export function report(draft: Draft, branchId: string, reported: Reported): 'recorded' | 'repeated' {
  const { outcome } = reported
  if (isTooDeep(reported.result)) throw invalidRequest([{ path: 'result', problem: 'nests too deeply' }])
  const position = draft.find(branchId)
  const known = draft.branches[position]
  if (known === undefined) {
    const { gid } = draft.transaction
    throw new AssentError('BRANCH_NOT_FOUND', `no branch ${branchId} in ${gid}`, { gid, branch_id: branchId })
  }
  const phaseOne = phaseOneOperation(draft.transaction, known)
  const op = reported.op ?? phaseOne ?? known.op
  if (outcome === 'refused' && op !== phaseOne) {
    throw invalidRequest([{ path: 'op', problem: `can not be refused: only ${phaseOne ?? 'phase one'} can` }])
  }
  const open = known.open?.op ?? awaitedReport(draft, known)
  if (op === undefined || open !== op) {
    if (isRecorded(known, reported, op, op === phaseOne)) return 'repeated'
    throw new AssentError(
      'INVALID_STATUS_TRANSITION',
      `branch ${branchId} is ${known.status}, ${open === undefined ? 'with no open operation' : `its open operation is ${open}`}`,
      { from: known.status, to: outcome, open_op: open ?? null },
    )
  }
  const branch = draft.branch(position)
  branch.op = op
  branch.attempts = withAttempt(branch.attempts, reportedAttempt(op, reported, draft.now))
  if (op !== phaseOne) phaseTwoDone(draft, branch, reported.result)
  else if (outcome === 'done') phaseOneDone(draft, branch, reported.result)
  else refusedByReport(draft, branch, reported)
  draft.decided = true
  return 'recorded'
}

/** The phase-one operation of a branch that the application drives is open from its registration on. */
function awaitedReport(draft: Draft, branch: Branch): Operation | undefined {
  const isOpen = branch.status === 'PREPARED' || branch.status === 'ONGOING'
  const isUndecided = draft.transaction.status === 'PREPARED'
  if (branch.drivenBy !== 'application' || !isOpen || !isUndecided) return undefined
  return phaseOneOperation(draft.transaction, branch)
}

function refusedByReport(draft: Draft, branch: Branch, reported: Reported): void {
  const { reason } = reported
  if (reason !== undefined) branch.reason = reason
  phaseOneRefused(branch, reason === undefined ? undefined : { message: reason })
  if (reported.resolution && !isPivotWithoutUndo(draft.transaction, branch)) branch.maybeDone = true
}

/** Whether exactly this was said of the operation before, by whomever. */
function isRecorded(
  branch: Branch,
  { outcome, result }: Reported,
  op: Operation | undefined,
  isPhaseOne: boolean,
): boolean {
  if (isPhaseOne) {
    return branch.phaseOneOutcome === outcome && (outcome === 'refused' || isKept(branch, result))
  }
  if (op === undefined || op !== branch.op) return false
  if (branch.status !== 'CONFIRMED' && branch.status !== 'COMPENSATED') return false
  return !branch.follower || isKept(branch, result)
}

/** Whether this is the branch's result, as far as that can be known. */
function isKept(branch: Branch, result: Reported['result']): boolean {
  return branch.resultOmitted === true || isSameJson(branch.result, result)
}
