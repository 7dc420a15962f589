import { AssentError, invalidRequest } from '@assent/contract'
import { phaseOneDone, phaseTwoDone, queryAnswered } from './answer.ts'
import type { Draft } from './draft.ts'
import type { Reported } from './events.ts'
import { withAttempt } from './record.ts'
import { type Branch, isPivotWithoutUndo, phaseOneOperation } from './transaction.ts'

/**
 * Somebody says how an operation ended. It counts for the open operation only; what is recorded already may be
 * said again. Throws BRANCH_NOT_FOUND, INVALID_REQUEST, INVALID_STATUS_TRANSITION. Answers whether it was a
 * repeat.
 */
export function report(draft: Draft, reported: Reported): 'recorded' | 'repeated' {
  if (reported.branchId === undefined) return reportQuery(draft, reported)
  const position = draft.find(reported.branchId)
  const known = draft.branches[position]
  if (known === undefined) {
    throw new AssentError('BRANCH_NOT_FOUND', `no branch ${reported.branchId} in ${draft.transaction.gid}`, {
      gid: draft.transaction.gid,
      branch_id: reported.branchId,
    })
  }
  const phaseOne = phaseOneOperation(draft.transaction, known)
  const op = reported.op ?? phaseOne ?? known.op
  if (reported.outcome === 'refused' && op !== phaseOne) {
    throw invalidRequest([{ path: 'op', problem: `can not be refused: only ${phaseOne ?? 'phase one'} can` }])
  }
  if (isRecorded(known, reported, op === phaseOne)) return 'repeated'
  const open = known.open?.op ?? awaitedReport(draft, known)
  if (op === undefined || open !== op) {
    throw new AssentError(
      'INVALID_STATUS_TRANSITION',
      `branch ${reported.branchId} is ${known.status}, ${open === undefined ? 'with no open operation' : `its open operation is ${open}`}`,
      { from: known.status, to: reported.outcome, open_op: open ?? null },
    )
  }
  const branch = draft.branch(position)
  branch.op = op
  note(draft, branch, reported)
  if (op !== phaseOne) phaseTwoDone(draft, branch, reported.result)
  else if (reported.outcome === 'done') phaseOneDone(draft, branch, reported.result)
  else refusedByReport(draft, branch, reported)
  draft.decided = true
  return 'recorded'
}

/** The phase-one operation of a branch that the application drives is open from its registration on. */
function awaitedReport(draft: Draft, branch: Branch): Branch['op'] {
  const isOpen = branch.status === 'PREPARED' || branch.status === 'ONGOING'
  const isUndecided = draft.transaction.status === 'PREPARED'
  if (branch.drivenBy !== 'application' || !isOpen || !isUndecided) return undefined
  return phaseOneOperation(draft.transaction, branch)
}

function refusedByReport(draft: Draft, branch: Branch, reported: Reported): void {
  branch.open = undefined
  branch.status = 'FAILED'
  if (reported.reason !== undefined) {
    branch.reason = reported.reason
    branch.refusal = { message: reported.reason }
  }
  if (reported.resolution && !isPivotWithoutUndo(draft.transaction, branch)) branch.maybeDone = true
}

/** Whether exactly this is what the branch shows already. */
function isRecorded(branch: Branch, reported: Reported, isPhaseOne: boolean): boolean {
  if (branch.open !== undefined && branch.open.op === (reported.op ?? branch.open.op)) return false
  if (isPhaseOne) {
    if (reported.outcome === 'refused') return branch.status === 'FAILED'
    return (
      (branch.status === 'SUCCEED' || branch.status === 'CONFIRMED') &&
      (branch.resultOmitted === true || sameJson(branch.result, reported.result))
    )
  }
  return reported.op === branch.op && (branch.status === 'CONFIRMED' || branch.status === 'COMPENSATED')
}

function sameJson(left: unknown, right: unknown): boolean {
  return (JSON.stringify(left) ?? '') === (JSON.stringify(right) ?? '')
}

/** The history shows who said so. */
function note(draft: Draft, branch: Branch, reported: Reported): void {
  if (branch.op === undefined) return
  branch.attempts = withAttempt(branch.attempts, {
    op: branch.op,
    at: draft.now,
    durationMs: 0,
    outcome: reported.outcome,
    by: reported.by,
    ...(reported.reason === undefined ? {} : { error: reported.reason }),
  })
}

function reportQuery(draft: Draft, reported: Reported): 'recorded' | 'repeated' {
  const inquiry = draft.transaction.inquiry
  if (reported.op !== 'query' || inquiry?.open === undefined) {
    throw new AssentError('INVALID_STATUS_TRANSITION', 'no query is open', {
      from: draft.transaction.status,
      to: reported.outcome,
      open_op: inquiry?.open === undefined ? null : 'query',
    })
  }
  draft.transaction.inquiry = {
    ...inquiry,
    attempts: withAttempt(inquiry.attempts, {
      op: 'query',
      at: draft.now,
      durationMs: 0,
      outcome: reported.outcome,
      by: reported.by,
      ...(reported.reason === undefined ? {} : { error: reported.reason }),
    }),
  }
  queryAnswered(draft, reported.outcome)
  return 'recorded'
}
