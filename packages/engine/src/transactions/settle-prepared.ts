import { decideAbort } from './decide.ts'
import type { Draft } from './draft.ts'
import { MODE_ROWS } from './modes.ts'
import type { Transaction } from './transaction.ts'

/** When a PREPARED transaction must be looked at without anybody asking (epoch milliseconds). */
export function preparedDueAt(transaction: Transaction): number {
  return transaction.deadline ?? transaction.createdAt + transaction.options.abandonAfterMs
}

/**
 * An application that went away: past the deadline what is at stake is undone, and a transaction with nothing
 * at stake is dropped by aborting it. A message is asked about instead, for as long as it takes.
 */
export function settlePrepared(draft: Draft): void {
  const { transaction, now } = draft
  if (MODE_ROWS[transaction.mode].query || now < preparedDueAt(transaction)) return
  decideAbort(draft, { reason: transaction.deadline === undefined ? 'ABANDONED' : 'DEADLINE' })
}
