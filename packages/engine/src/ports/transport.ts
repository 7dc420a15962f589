import type { CancelSignal, Json, Mode, Operation, Outcome, Phase, Refusal } from '@assent/contract'

/** One call to a participant. */
export interface Call {
  gid: string
  /** Absent for a message's query. */
  branchId?: string
  op: Operation
  mode: Mode
  phase: Phase
  /** Counts from 1; a hint, it may repeat after a recovery. */
  attempt: number
  url: string
  /** Absent: a call without a body. */
  body?: Json
  /** Ends in the participant as headers or metadata, the assent- ones included. */
  headers: Readonly<Record<string, string>>
  method: string
  timeoutMs: number
  /** Passes a circuit breaker: an operator asked for it. */
  forced: boolean
}

/** How a call ended. A transport never throws for what the participant did. */
export type CallAnswer =
  | {
      kind: 'answered'
      outcome: Outcome
      result?: Json
      /** The result was longer than it may be, and left out. */
      resultOmitted?: boolean
      refusal?: Refusal
      status?: number | string
      /** What went wrong, for people. */
      error?: string
      /** What the participant asked for, uncapped. */
      retryAfterMs?: number
    }
  /** The call was not made: it is no attempt and has no outcome. */
  | { kind: 'held'; reason: 'CIRCUIT_OPEN' | 'ORIGIN_BUSY' | 'DEFINITION_MISSING'; retryAfterMs: number }

/** How branches are called. */
export interface Transport {
  /** The URL schemes that it serves, with their colon: `http:`. */
  readonly schemes: readonly string[]
  /**
   * Calls, and answers within `timeoutMs`; a function in this process that is signalled then is waited for a
   * bounded while longer. `signal` says that the answer can no longer matter to phase one; only what can be
   * stopped safely heeds it.
   */
  call(call: Call, signal: CancelSignal): Promise<CallAnswer>
  close(): Promise<void>
}
