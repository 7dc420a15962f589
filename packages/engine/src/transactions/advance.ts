import { AssentError, isEnded } from '@assent/contract'
import { answer } from './answer.ts'
import { decideAbort } from './decide.ts'
import { Draft } from './draft.ts'
import type { Event } from './events.ts'
import { answerQuery, reportQuery } from './query.ts'
import { report } from './report.ts'
import { settle } from './settle.ts'
import { DEFINITION_MISSING } from './settle-attention.ts'
import { isPivotAsked } from './settle-phase-one.ts'
import { submit } from './submit.ts'
import {
  isDeferred,
  isPivotWithoutUndo,
  type OpenOperation,
  phaseOneOperation,
  type Transaction,
  withCall,
  withoutCall,
} from './transaction.ts'

export interface Advanced {
  /** The next state; the very same value when nothing changed. */
  transaction: Transaction
  /**
   * It must be durable before anything follows from it: no call may start, and nobody may be told, until it
   * is. When false it may ride along with the next write, newest state only.
   */
  decided: boolean
}

/**
 * What a transaction becomes when something happens to it. `now` is epoch milliseconds of the store's time.
 * Throws an AssentError when a command asks for what the picture of states lacks, and then nothing has changed.
 */
export function advance(transaction: Transaction, event: Event, now: number): Advanced {
  if (isEnded(transaction.status) && !isCommand(event)) return { transaction, decided: false }
  const draft = new Draft(transaction, now)
  const changed = apply(draft, event)
  if (!changed) return { transaction, decided: false }
  settle(draft)
  if (event.type === 'woken' && isSame(transaction, draft)) return { transaction, decided: false }
  draft.transaction.updatedAt = Math.max(transaction.updatedAt, now)
  return { transaction: draft.transaction, decided: draft.decided }
}

function isCommand(event: Event): boolean {
  return event.type === 'submitted' || event.type === 'abort-requested' || event.type === 'reported'
}

function isSame(before: Transaction, draft: Draft): boolean {
  return (
    !draft.decided &&
    draft.branches === before.branches &&
    draft.transaction.inquiry === before.inquiry &&
    draft.transaction.status === before.status
  )
}

/** Answers whether anything can have changed. */
function apply(draft: Draft, event: Event): boolean {
  switch (event.type) {
    case 'submitted': {
      if (draft.transaction.submitted) {
        submit(draft, event.allDone)
        return false
      }
      // Phase one may have run out of time before anyone looked.
      settle(draft)
      submit(draft, event.allDone)
      return true
    }
    case 'abort-requested':
      return requestAbort(draft, event.reason)
    case 'called':
      called(draft, event.calls)
      return true
    case 'answered':
      if (event.branchId === undefined) answerQuery(draft, event)
      else answer(draft, event.branchId, event)
      return true
    case 'held':
      held(draft, event)
      return true
    case 'reported':
      if (event.branchId !== undefined) return report(draft, event.branchId, event) === 'recorded'
      reportQuery(draft, event)
      return true
    case 'retry-requested':
      return requestRetry(draft, event.branchId)
    case 'claimed':
      claimed(draft)
      return true
    case 'went-back':
      draft.transaction.alarm = { reason: 'ROW_WENT_BACK', since: draft.now }
      draft.decided = true
      return true
    case 'woken':
      return true
  }
}

function requestAbort(draft: Draft, reason: string | undefined): boolean {
  const { transaction } = draft
  const { status } = transaction
  if (status === 'ABORTING' || status === 'ABORTED') return false
  if (status === 'COMMITTING' || status === 'COMMITTED') {
    throw new AssentError('INVALID_STATUS_TRANSITION', `the decision to commit ${transaction.gid} stands`, {
      from: status,
      to: 'ABORTING',
    })
  }
  if (isPivotAsked(transaction)) {
    throw new AssentError(
      'INVALID_STATUS_TRANSITION',
      'the pivot may have happened and can not be undone: its answer decides',
      { from: status, to: 'ABORTING' },
    )
  }
  decideAbort(draft, { reason: reason ?? 'ABORTED_BY_CALLER' })
  return true
}

function opened(open: OpenOperation | undefined, op: OpenOperation['op'], now: number): OpenOperation {
  if (open?.op === op) return { ...open, calls: open.calls + 1 }
  return { op, openedAt: now, calls: 1, failures: 0, dueAt: now }
}

function called(draft: Draft, calls: Extract<Event, { type: 'called' }>['calls']): void {
  const { transaction, now } = draft
  for (const { branchId, op, until } of calls) {
    if (branchId === undefined) {
      const inquiry = transaction.inquiry ?? { attempts: [], attemptCount: 0 }
      const open = opened(inquiry.open, op, now)
      transaction.inquiry = {
        ...inquiry,
        open,
        inFlight: { op, attempt: open.calls },
        attemptCount: inquiry.attemptCount + 1,
      }
      continue
    }
    const branch = draft.branch(draft.find(branchId))
    branch.open = opened(branch.open, op, now)
    branch.op = op
    const call = { op, attempt: branch.open.calls, ...(until === undefined ? {} : { until }) }
    branch.inFlight = withCall(branch.inFlight, call, now)
    branch.attemptCount += 1
    // Whoever aborts must know of a try that another process made, and wait for it.
    if (until !== undefined) draft.decided = true
    if (branch.status === 'PREPARED' && op === phaseOneOperation(transaction, branch))
      branch.status = 'ONGOING'
  }
}

/** A call that is held back waits at least this long, so that it never comes back in the same moment. */
const HELD_MIN_MS = 1

/** The call was not made after all: it is no attempt. */
function held(draft: Draft, event: Extract<Event, { type: 'held' }>): void {
  const { transaction, now } = draft
  const { branchId, op, attempt, reason } = event
  const asked = event.retryAfterMs > HELD_MIN_MS ? event.retryAfterMs : HELD_MIN_MS
  const delay = Math.min(asked, transaction.options.retryMaxIntervalMs)
  const wait = (open: OpenOperation): OpenOperation => ({
    ...open,
    calls: open.calls - 1,
    forced: false,
    dueAt: now + delay,
    attention: open.attention ?? (reason === DEFINITION_MISSING ? { reason, since: now } : undefined),
  })
  if (branchId === undefined) {
    const inquiry = transaction.inquiry
    if (inquiry?.open === undefined) return
    const attemptCount = inquiry.attemptCount - 1
    transaction.inquiry = { ...inquiry, open: wait(inquiry.open), inFlight: undefined, attemptCount }
    return
  }
  const branch = draft.branch(draft.find(branchId))
  if (branch.inFlight?.op === op && branch.inFlight.attempt === attempt) {
    branch.inFlight = withoutCall(branch.inFlight, now)
  }
  branch.attemptCount -= 1
  if (branch.open?.op !== op) return
  branch.open = wait(branch.open)
  const wasNeverCalled = branch.open.calls === 0 && op === phaseOneOperation(transaction, branch)
  if (wasNeverCalled && branch.status === 'ONGOING') branch.status = 'PREPARED'
}

function requestRetry(draft: Draft, branchId: string | undefined): boolean {
  const { transaction, now } = draft
  if (branchId !== undefined && draft.find(branchId) < 0) {
    throw new AssentError('BRANCH_NOT_FOUND', `no branch ${branchId} in ${transaction.gid}`, {
      gid: transaction.gid,
      branch_id: branchId,
    })
  }
  const inquiry = transaction.inquiry
  if (branchId === undefined && inquiry?.open !== undefined) {
    transaction.inquiry = { ...inquiry, open: { ...inquiry.open, dueAt: now, forced: true } }
  }
  for (let position = 0; position < draft.branches.length; position++) {
    const branch = draft.branches[position]
    if (branch?.open === undefined) continue
    if (branchId !== undefined && branch.request.branchId !== branchId) continue
    draft.branch(position).open = { ...branch.open, dueAt: now, forced: true }
  }
  return true
}

/**
 * What the last driver did after its last durable write is not known: the answers to its calls will not come,
 * and every branch that it may have called is maybe done. Only a pivot that was not recorded was surely not
 * called. A try in flight was made by whoever was asked for it, and is waited for all the same.
 */
function claimed(draft: Draft): void {
  const { transaction, now } = draft
  if (isDeferred(transaction)) {
    // That its time begins is durable before its first call.
    transaction.deadline = now + transaction.options.timeoutToFailMs
    draft.decided = true
    return
  }
  if (transaction.inquiry !== undefined) transaction.inquiry = { ...transaction.inquiry, inFlight: undefined }
  for (let position = 0; position < draft.branches.length; position++) {
    const known = draft.branches[position]
    if (known === undefined) continue
    if (known.inFlight !== undefined && known.inFlight.until === undefined) {
      draft.branch(position).inFlight = undefined
    }
    if (!transaction.submitted || known.follower || known.drivenBy !== 'coordinator') continue
    if (!isPivotWithoutUndo(transaction, known)) draft.branch(position).maybeDone = true
  }
}
