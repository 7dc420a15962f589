/** The words of the domain, one for each thing, from the wire to the table. */

export const MODES = ['saga', 'tcc', 'xa', 'message'] as const
export type Mode = (typeof MODES)[number]

export const STATUSES = ['PREPARED', 'SUBMITTED', 'COMMITTING', 'COMMITTED', 'ABORTING', 'ABORTED'] as const
export type Status = (typeof STATUSES)[number]

/** The statuses that nothing leaves. */
export const ENDED_STATUSES = ['COMMITTED', 'ABORTED'] as const satisfies readonly Status[]

export function isEnded(status: Status): boolean {
  return status === 'COMMITTED' || status === 'ABORTED'
}

/**
 * PREPARED: not called yet. ONGOING: called, not decided. SUCCEED: phase one done. CONFIRMED: its commit
 * call done. FAILED: refused. COMPENSATED: undone, in any mode.
 */
export const BRANCH_STATUSES = [
  'PREPARED',
  'ONGOING',
  'SUCCEED',
  'CONFIRMED',
  'FAILED',
  'COMPENSATED',
] as const
export type BranchStatus = (typeof BRANCH_STATUSES)[number]

export const OPERATIONS = [
  'action',
  'compensate',
  'try',
  'confirm',
  'cancel',
  'prepare',
  'commit',
  'rollback',
  'query',
] as const
export type Operation = (typeof OPERATIONS)[number]

export const OUTCOMES = ['done', 'refused', 'ongoing', 'unknown'] as const
/** How one call ended, the same four words for every transport. */
export type Outcome = (typeof OUTCOMES)[number]

/** What an undo is told about phase one (`assent-action-outcome`). */
export type ToldOutcome = 'done' | 'unknown' | 'refused' | 'none'

/** Who calls a branch in phase one. */
export type DrivenBy = 'coordinator' | 'application'

/** Which reading of an answer applies: phase one may be refused, phase two may not, a query is stricter. */
export type Phase = 'one' | 'two' | 'query'

/** Anything that JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }
