import { AssentError, invalidRequest, type Problem } from '@assent/contract'
import { askAgain } from './ask-again.ts'
import { decideAbort } from './decide.ts'
import type { Draft } from './draft.ts'
import type { Answered, Reported } from './events.ts'
import { settleOrder } from './order.ts'
import { attemptOf, reportedAttempt, withAttempt } from './record.ts'
import { markSubmitted } from './submit.ts'

/** Why a message whose own part is done goes on waiting: it names branches that were never added. */
const NOT_SUBMITTABLE = 'NOT_SUBMITTABLE'

/** The sender of a message was asked: done submits, a refusal aborts, anything else is asked again without end. */
export function answerQuery(draft: Draft, answered: Answered): void {
  const { transaction, now } = draft
  const { inquiry } = transaction
  if (inquiry === undefined) return
  const { open } = inquiry
  const attempts = withAttempt(inquiry.attempts, attemptOf(answered, open === undefined))
  transaction.inquiry = { ...inquiry, inFlight: undefined, attempts }
  if (open === undefined) return
  if (answered.outcome === 'refused') {
    decideAbort(draft, { reason: 'QUERY_REFUSED' })
    return
  }
  if (answered.outcome === 'done' && submitQueried(draft).length === 0) return
  const next = askAgain(draft, undefined, open, answered)
  if (answered.outcome === 'done') next.attention ??= { reason: NOT_SUBMITTABLE, since: now }
  transaction.inquiry = { ...transaction.inquiry, open: next }
}

/** An operator says what the sender would have answered. Throws INVALID_REQUEST, INVALID_STATUS_TRANSITION. */
export function reportQuery(draft: Draft, reported: Reported): void {
  const { transaction, now } = draft
  const { inquiry } = transaction
  if (reported.op !== 'query' || inquiry?.open === undefined) {
    throw new AssentError('INVALID_STATUS_TRANSITION', 'no query is open', {
      from: transaction.status,
      to: reported.outcome,
      open_op: inquiry?.open === undefined ? null : 'query',
    })
  }
  const attempts = withAttempt(inquiry.attempts, reportedAttempt('query', reported, now))
  transaction.inquiry = { ...inquiry, attempts }
  if (reported.outcome === 'refused') {
    decideAbort(draft, { reason: 'QUERY_REFUSED' })
    return
  }
  const problems = submitQueried(draft)
  if (problems.length > 0) throw invalidRequest(problems)
}

/**
 * The sender's own part has happened, so the message is submitted on its behalf. Answers what stands in the way
 * instead: it can't be aborted for that, and what is missing may still be added.
 */
function submitQueried(draft: Draft): Problem[] {
  const problems = settleOrder(draft)
  if (problems.length === 0) markSubmitted(draft)
  return problems
}
