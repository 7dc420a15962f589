import { AssentError, invalidRequest } from '@assent/contract'
import type { Completion } from './barrier.ts'
import { type Call, mayRefuse } from './call.ts'
import { type Conclusion, concludeRefused, concludeReturned } from './conclusion.ts'
import { type Answer, repeated, type StoredAnswer } from './decision.ts'

/** What a completion puts into the row. */
export function conclusionOf(completion: Completion): Conclusion {
  return completion.outcome === 'done'
    ? concludeReturned(completion.result)
    : concludeRefused(completion.refusal)
}

/** Throws AssentError INVALID_REQUEST where a call that must finish was to be completed as refused. */
export function mustBeCompletable(call: Call, completion: Completion): void {
  if (completion.outcome === 'done' || mayRefuse(call)) return
  throw invalidRequest([{ path: 'outcome', problem: `can't be refused: a ${call.op} must finish` }])
}

/**
 * The answer that a call has already, or undefined while it is ongoing. Throws AssentError BRANCH_NOT_FOUND
 * where it has no row.
 */
export function standingAnswer(call: Call, stored: StoredAnswer | undefined): Answer | undefined {
  if (stored === undefined) {
    const message = `no ${call.op} of branch ${call.branchId} of ${call.gid} has passed this barrier`
    throw new AssentError('BRANCH_NOT_FOUND', message)
  }
  if (stored.op === call.op && stored.state === 'ongoing') return undefined
  return repeated(call.op, stored)
}
