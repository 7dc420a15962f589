import { isEnded } from '@assent/contract'
import type { TransactionColumns } from '../ports/store.ts'
import { due } from './due.ts'
import type { Transaction } from './transaction.ts'
import { attentionOf } from './view.ts'

/** What the store is told beside the state. */
export function columnsOf(transaction: Transaction, now: number): TransactionColumns {
  const ended = isEnded(transaction.status)
  return {
    gid: transaction.gid,
    status: transaction.status,
    mode: transaction.mode,
    name: transaction.name ?? '',
    application: transaction.application,
    labels: transaction.labels,
    createdAt: transaction.createdAt,
    updatedAt: transaction.updatedAt,
    dueAt: ended ? null : dueAtOf(transaction, now),
    endedAt: ended ? transaction.updatedAt : null,
    attention: attentionOf(transaction) !== undefined,
    content: transaction.content,
  }
}

/** A transaction that waits for nothing but somebody's word is looked at again after this long. */
const IDLE_LOOK_MS = 60_000

/** When a transaction that nobody drives must be taken up (epoch milliseconds). */
export function dueAtOf(transaction: Transaction, now: number): number {
  const { calls, wakeAt } = due(transaction, now)
  return calls.length > 0 ? now : (wakeAt ?? now + IDLE_LOOK_MS)
}
