import type { Json, Operation, Outcome, Refusal } from '@assent/contract'

/** What may happen to a transaction after it was accepted. */
export type Event =
  /** The caller says that it is complete; `allDone`: and that every branch has succeeded. */
  | { type: 'submitted'; allDone: boolean }
  /** The caller wants nothing to happen. */
  | { type: 'abort-requested'; reason?: string }
  /** These calls start now; `until` bounds a try. No branchId: the query. */
  | { type: 'called'; calls: readonly { branchId?: string; op: Operation; until?: number }[] }
  /** A call ended. */
  | ({ type: 'answered' } & Answered)
  /** A call was not made: it is no attempt. */
  | {
      type: 'held'
      branchId?: string
      op: Operation
      attempt: number
      reason: 'CIRCUIT_OPEN' | 'ORIGIN_BUSY' | 'DEFINITION_MISSING'
      retryAfterMs: number
    }
  /** Somebody says how the open operation ended: the participant, the application, or an operator. */
  | ({ type: 'reported' } & Reported)
  /** What waits is due at once; without a branch, all of it. */
  | { type: 'retry-requested'; branchId?: string }
  /** Another incarnation drives from here on: what the last one did is not known. */
  | { type: 'claimed' }
  /** The store showed an older state than it had acknowledged. */
  | { type: 'went-back' }
  /** Time has passed. */
  | { type: 'woken' }

export interface Answered {
  branchId?: string
  op: Operation
  /** Counts from 1; 0 for an answer that is of no call in flight. */
  attempt: number
  /** Epoch milliseconds at which the call started. */
  at: number
  durationMs: number
  outcome: Outcome
  result?: Json
  resultOmitted?: boolean
  refusal?: Refusal
  status?: number | string
  error?: string
  retryAfterMs?: number
}

export interface Reported {
  branchId?: string
  op?: Operation
  outcome: 'done' | 'refused'
  result?: Json
  reason?: string
  by: string
  /** An operator's word on a call that nobody answered; a refusal by it proves nothing. */
  resolution: boolean
}
