import type { Attempt, Refusal } from '@assent/contract'
import { backoffDelayMs, ongoingDelayMs } from './backoff.ts'
import { decideAbort } from './decide.ts'
import type { Draft } from './draft.ts'
import type { Answered } from './events.ts'
import { settleOrder } from './order.ts'
import { keepResult, withAttempt } from './record.ts'
import { DEFINITION_MISSING } from './settle-attention.ts'
import { markSubmitted } from './submit.ts'
import {
  type Branch,
  commitOperation,
  isPivotWithoutUndo,
  type OpenOperation,
  phaseOneOperation,
} from './transaction.ts'

/** A call ended: what it says counts if it answers the open operation, and is history otherwise. */
export function answer(draft: Draft, answered: Answered): void {
  if (answered.branchId === undefined) {
    answerQuery(draft, answered)
    return
  }
  const position = draft.find(answered.branchId)
  if (position < 0) return
  const branch = draft.branch(position)
  if (branch.inFlight?.op === answered.op && branch.inFlight.attempt === answered.attempt) {
    branch.inFlight = undefined
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

function attemptOf(answered: Answered, ignored: boolean): Attempt {
  const attempt: Attempt = {
    op: answered.op,
    at: answered.at,
    durationMs: answered.durationMs,
    outcome: answered.outcome,
  }
  if (answered.status !== undefined) attempt.status = answered.status
  if (answered.error !== undefined) attempt.error = answered.error
  if (ignored) attempt.ignored = true
  return attempt
}

/** An operation that is asked again: at the fixed interval while ongoing, with backoff while unknown. */
function again(
  draft: Draft,
  branch: Branch | undefined,
  open: OpenOperation,
  answered: Answered,
): OpenOperation {
  const { transaction, now } = draft
  // The call was made, so its definition is no longer missing.
  const attention = open.attention?.reason === DEFINITION_MISSING ? undefined : open.attention
  const asked = { ...open, forced: false, attention }
  const { retryAfterMs } = answered
  if (answered.outcome === 'ongoing') {
    return { ...asked, dueAt: now + ongoingDelayMs(transaction, branch, retryAfterMs) }
  }
  const failures = open.failures + 1
  return { ...asked, failures, dueAt: now + backoffDelayMs(transaction, branch, failures, retryAfterMs) }
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
      branch.open = again(draft, branch, open, answered)
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
      branch.open = again(draft, branch, open, answered)
      branch.open.attention ??= { reason: 'REFUSED_IN_PHASE_TWO', since: draft.now }
      return
    case 'ongoing':
    case 'unknown':
      branch.open = again(draft, branch, open, answered)
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

/** A message's query: 2xx submits, a refusal aborts, anything else is asked again without end. */
function answerQuery(draft: Draft, answered: Answered): void {
  const { transaction } = draft
  const inquiry = transaction.inquiry
  if (inquiry === undefined) return
  const open = inquiry.open
  transaction.inquiry = {
    ...inquiry,
    inFlight: undefined,
    attempts: withAttempt(inquiry.attempts, attemptOf(answered, open === undefined)),
  }
  if (open === undefined) return
  if (answered.outcome === 'done' || answered.outcome === 'refused') {
    queryAnswered(draft, answered.outcome)
    return
  }
  transaction.inquiry = { ...transaction.inquiry, open: again(draft, undefined, open, answered) }
}

/** The sender of a message has said whether its own part happened. */
export function queryAnswered(draft: Draft, outcome: 'done' | 'refused'): void {
  if (outcome === 'refused') {
    decideAbort(draft, { reason: 'QUERY_REFUSED' })
    return
  }
  const problems = settleOrder(draft)
  if (problems.length === 0) {
    markSubmitted(draft)
    return
  }
  // Its branches can not be ordered, so it can not have been submitted by anyone and never will be.
  decideAbort(draft, { reason: problems[0]?.problem ?? 'QUERY_REFUSED' })
}
