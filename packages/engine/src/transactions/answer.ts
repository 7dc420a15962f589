import type { Refusal } from '@assent/contract'
import { askAgain } from './ask-again.ts'
import type { Draft } from './draft.ts'
import type { Answered } from './events.ts'
import { attemptOf, keepResult, withAttempt } from './record.ts'
import {
  type Branch,
  commitOperation,
  isAnswerOf,
  isPivotWithoutUndo,
  type OpenOperation,
  phaseOneOperation,
  withoutCall,
} from './transaction.ts'

/** A branch's call ended: what it says counts if it answers the open operation, and is history otherwise. */
export function answer(draft: Draft, branchId: string, answered: Answered): void {
  const position = draft.find(branchId)
  if (position < 0) return
  const branch = draft.branch(position)
  if (branch.inFlight !== undefined && isAnswerOf(branch.inFlight, answered)) {
    branch.inFlight = withoutCall(branch.inFlight, draft.now)
  }
  const isPhaseOne = answered.op === phaseOneOperation(draft.transaction, branch)
  if (isPhaseOne && answered.outcome !== 'refused' && !isPivotWithoutUndo(draft.transaction, branch)) {
    // Even where the answer comes too late to count: this call may have taken effect.
    if (answered.outcome !== 'done' || branch.open?.op !== answered.op) branch.maybeDone = true
  }
  const counts = branch.open?.op === answered.op
  branch.attempts = withAttempt(branch.attempts, attemptOf(answered, !counts))
  if (!counts || branch.open === undefined) return
  if (isPhaseOne) answerPhaseOne(draft, branch, branch.open, answered)
  else answerPhaseTwo(draft, branch, branch.open, answered)
}

function answerPhaseOne(draft: Draft, branch: Branch, open: OpenOperation, answered: Answered): void {
  switch (answered.outcome) {
    case 'done':
      phaseOneDone(draft, branch, answered.result, answered.resultOmitted)
      return
    case 'refused':
      phaseOneRefused(branch, answered.refusal)
      return
    case 'ongoing':
    case 'unknown':
      branch.status = 'ONGOING'
      branch.open = askAgain(draft, branch, open, answered)
      return
  }
}

/** Phase one of a branch is done; a result that another call will read must be durable before that call. */
export function phaseOneDone(
  draft: Draft,
  branch: Branch,
  result: Answered['result'],
  resultOmitted?: boolean,
): void {
  branch.open = undefined
  branch.status = 'SUCCEED'
  branch.phaseOneOutcome = 'done'
  keepResult(draft, branch, result, resultOmitted)
  if (branch.read) draft.decided = true
}

/** Phase one of a branch is refused; what follows from it is decided elsewhere. */
export function phaseOneRefused(branch: Branch, refusal: Refusal | undefined): void {
  branch.open = undefined
  branch.status = 'FAILED'
  branch.phaseOneOutcome = 'refused'
  if (refusal !== undefined) branch.refusal = refusal
}

function answerPhaseTwo(draft: Draft, branch: Branch, open: OpenOperation, answered: Answered): void {
  switch (answered.outcome) {
    case 'done':
      phaseTwoDone(draft, branch, answered.result, answered.resultOmitted)
      return
    case 'refused':
      // Phase two can't be refused: it is unknown, and a person should look at it.
      branch.open = askAgain(draft, branch, open, answered)
      branch.open.attention ??= { reason: 'REFUSED_IN_PHASE_TWO', since: draft.now }
      return
    case 'ongoing':
    case 'unknown':
      branch.open = askAgain(draft, branch, open, answered)
      return
  }
}

/** A call that had to finish has finished. */
export function phaseTwoDone(
  draft: Draft,
  branch: Branch,
  result: Answered['result'],
  resultOmitted?: boolean,
): void {
  const { op } = branch
  branch.open = undefined
  if (op !== undefined && op === commitOperation(draft.transaction, branch)) {
    branch.status = 'CONFIRMED'
    if (branch.follower) {
      keepResult(draft, branch, result, resultOmitted)
      if (branch.read) draft.decided = true
    }
  } else branch.status = 'COMPENSATED'
}
