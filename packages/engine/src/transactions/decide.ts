import type { Refusal } from '@assent/contract'
import type { Draft } from './draft.ts'
import { settleUndoOrder } from './order.ts'

/** Why a transaction was aborted, where no person gave a reason. */
export type AbortReason =
  | 'BRANCH_REFUSED'
  | 'RESULT_MISSING'
  | 'DEADLINE'
  | 'ATTEMPTS_EXHAUSTED'
  | 'ABANDONED'
  | 'QUERY_REFUSED'
  | 'ABORTED_BY_CALLER'

/** The decision to abort: durable before any undo, and never turned round. */
export function decideAbort(
  draft: Draft,
  why: { reason: AbortReason | (string & {}); failedBranch?: string; refusal?: Refusal },
): void {
  const { transaction } = draft
  if (transaction.status === 'PREPARED') settleUndoOrder(draft)
  transaction.status = 'ABORTING'
  transaction.reason = why.reason
  if (why.failedBranch !== undefined) transaction.failedBranch = why.failedBranch
  if (why.refusal !== undefined) transaction.refusal = why.refusal
  if (transaction.inquiry !== undefined) transaction.inquiry = { ...transaction.inquiry, open: undefined }
  draft.decided = true
}

/** The decision to commit: durable before any call that follows from it, and never turned round. */
export function decideCommit(draft: Draft): void {
  draft.transaction.status = 'COMMITTING'
  draft.decided = true
}
