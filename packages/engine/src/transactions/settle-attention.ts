import type { Draft } from './draft.ts'
import { type OpenOperation, phaseOneOperation, type Transaction } from './transaction.ts'

/** Why a call is held back, and shown at once: nothing here knows how to make it. */
export const DEFINITION_MISSING = 'DEFINITION_MISSING'

/** Whether an operation must finish, so that a person is told when it doesn't. */
export function mustFinish(transaction: Transaction, position: number): boolean {
  const branch = transaction.branches[position]
  if (branch?.open === undefined) return false
  if (branch.open.op !== phaseOneOperation(transaction, branch)) return true
  return branch.recorded === true
}

function isOverdue(draft: Draft, open: OpenOperation): boolean {
  return (
    open.attention === undefined && draft.now >= open.openedAt + draft.transaction.options.attentionAfterMs
  )
}

/** Raises the flag on what must finish and hasn't for `attention_after_ms`. It goes on being tried. */
export function settleAttention(draft: Draft): void {
  const { transaction, now } = draft
  const inquiry = transaction.inquiry
  if (inquiry?.open !== undefined && isOverdue(draft, inquiry.open)) {
    const open = { ...inquiry.open, attention: { reason: 'NO_ANSWER', since: now } }
    transaction.inquiry = { ...inquiry, open }
  }
  for (let position = 0; position < draft.branches.length; position++) {
    const open = draft.branches[position]?.open
    if (open === undefined || !isOverdue(draft, open)) continue
    if (!mustFinish(transaction, position)) continue
    const branch = draft.branch(position)
    branch.open = {
      ...open,
      attention: { reason: branch.recorded === true ? 'NO_ANSWER' : 'UNFINISHED', since: now },
    }
  }
}
