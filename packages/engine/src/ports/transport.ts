import type { CancelSignal, Json, Mode, Operation, Outcome, Phase, Refusal } from '@assent/contract'
import type { Answered } from '../transactions/events.ts'

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
      /**
       * Of an answer that can be had again, such as a message: told once whether what it changed is durable. Where not,
       * this process lost the transaction meanwhile, and the answer should be given through `Answers`.
       */
      kept?(isDurable: boolean): void
    }
  /** The call was not made: it is no attempt and has no outcome. */
  | { kind: 'held'; reason: 'CIRCUIT_OPEN' | 'ORIGIN_BUSY' | 'DEFINITION_MISSING'; retryAfterMs: number }
/**
 * Where answers go that arrive at a coordinator which does not wait for them: such as messages of a group that several
 * coordinators share, or that come when their call was given up.
 */
export interface Answers {
  /**
   * Gives an answer to the transaction that it belongs to, whoever drives that. Resolves when what it changed is durable:
   * `counted` where it answered the open operation; `history` where it did not, and changed nothing but the list of
   * attempts; `unknown-transaction` where nothing is known of the gid or the branch. Rejects where it was not kept, or
   * that is not known: it must be given again, unless by an AssentError that a repeat meets again, such as
   * INVALID_REQUEST.
   */
  answer(answer: DeliveredAnswer): Promise<'counted' | 'history' | 'unknown-transaction'>
}

/** An answer that nobody here waits for. */
export type DeliveredAnswer = Omit<Answered, 'at' | 'attempt' | 'durationMs'> & {
  gid: string
  /** `kafka:` */
  scheme: string
}

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
  /**
   * Of a transport at which answers arrive that nobody waits for: they may be given from now on. Called once, when the
   * coordinator is at work.
   */
  receive?(answers: Answers): void
  close(): Promise<void>
}
