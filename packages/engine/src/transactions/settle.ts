import type { Draft } from './draft.ts'
import { settleAbort } from './settle-abort.ts'
import { settleAttention } from './settle-attention.ts'
import { settleCommit } from './settle-commit.ts'
import { settlePhaseOne } from './settle-phase-one.ts'
import { settlePrepared } from './settle-prepared.ts'

/**
 * Draws every conclusion that the present state and time allow: deadlines, decisions, ends. Several arrows of
 * the state picture may be taken at once; each status is left at most once, so this ends.
 */
export function settle(draft: Draft): void {
  const { transaction } = draft
  if (transaction.status === 'PREPARED') settlePrepared(draft)
  if (transaction.status === 'SUBMITTED') settlePhaseOne(draft)
  if (transaction.status === 'COMMITTING') settleCommit(draft)
  if (transaction.status === 'ABORTING') settleAbort(draft)
  settleAttention(draft)
}
