import { backoffDelayMs, ongoingDelayMs } from './backoff.ts'
import type { Draft } from './draft.ts'
import type { Answered } from './events.ts'
import { DEFINITION_MISSING } from './settle-attention.ts'
import type { Branch, OpenOperation } from './transaction.ts'

/** An operation that goes on: asked again at the fixed interval while ongoing, else with backoff. */
export function askAgain(
  draft: Draft,
  branch: Branch | undefined,
  open: OpenOperation,
  { outcome, retryAfterMs }: Answered,
): OpenOperation {
  const { transaction, now } = draft
  // The call was made, so its definition is no longer missing.
  const attention = open.attention?.reason === DEFINITION_MISSING ? undefined : open.attention
  const asked = { ...open, forced: false, attention }
  if (outcome === 'ongoing') {
    return { ...asked, dueAt: now + ongoingDelayMs(transaction, branch, retryAfterMs) }
  }
  const failures = open.failures + 1
  return { ...asked, failures, dueAt: now + backoffDelayMs(transaction, branch, failures, retryAfterMs) }
}
