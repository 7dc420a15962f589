import { type Attention, type BranchView, isEnded, type TransactionView } from '@assent/contract'
import type { Branch, Transaction } from './transaction.ts'

/** What a person should look at: the oldest flag that stands, until the transaction has ended. */
export function attentionOf(transaction: Transaction): Attention | undefined {
  if (isEnded(transaction.status)) return undefined
  let oldest: Attention | undefined
  const consider = (attention: Attention): void => {
    if (oldest === undefined || attention.since < oldest.since) oldest = attention
  }
  const query = transaction.inquiry?.open
  if (query?.attention !== undefined) consider({ op: query.op, ...query.attention })
  for (const branch of transaction.branches) {
    if (branch.open?.attention === undefined) continue
    consider({ branchId: branch.request.branchId, op: branch.open.op, ...branch.open.attention })
  }
  return oldest ?? transaction.alarm
}

/** A transaction as it is shown. */
export function viewOf(transaction: Transaction): TransactionView {
  const view: TransactionView = {
    gid: transaction.gid,
    mode: transaction.mode,
    labels: transaction.labels,
    status: transaction.status,
    options: transaction.options,
    createdAt: transaction.createdAt,
    updatedAt: transaction.updatedAt,
    branches: transaction.branches.map(branchViewOf),
  }
  if (transaction.name !== undefined) view.name = transaction.name
  if (transaction.version !== undefined) view.version = transaction.version
  if (transaction.payload !== undefined) view.payload = transaction.payload
  if (transaction.query !== undefined) view.query = transaction.query
  if (transaction.reason !== undefined) view.reason = transaction.reason
  if (transaction.failedBranch !== undefined) view.failedBranch = transaction.failedBranch
  if (transaction.refusal !== undefined) view.refusal = transaction.refusal
  const attention = attentionOf(transaction)
  if (attention !== undefined) view.attention = attention
  return view
}

function branchViewOf(branch: Branch): BranchView {
  const view: BranchView = {
    ...branch.request,
    drivenBy: branch.drivenBy,
    status: branch.status,
    attempts: branch.attempts,
    attemptCount: branch.attemptCount,
  }
  if (branch.op !== undefined) view.op = branch.op
  if (branch.result !== undefined) view.result = branch.result
  if (branch.resultOmitted !== undefined) view.resultOmitted = branch.resultOmitted
  if (branch.refusal !== undefined) view.refusal = branch.refusal
  if (branch.reason !== undefined) view.reason = branch.reason
  return view
}
