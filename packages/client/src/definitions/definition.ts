import type { Json, Mode, Retry, ToldOutcome } from '@assent/contract'
import type { Barrier, BarrierOperation } from '@assent/participant'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/**
 * A kind of transaction: which steps it has, and what is called for each. A value, made by `saga()`, `tcc()`, `xa()`
 * or `message()`; what the types know beyond it is in `TypedDefinition`.
 */
export interface Definition {
  readonly mode: Mode
  /** 1 to 64 of `A-Z a-z 0-9 - _ .`, a letter or digit first. */
  readonly name: string
  /** Versions run side by side: a transaction is driven by the one that it was started with. */
  readonly version: number
  /** What an input must be; checked where the transaction is started. */
  readonly input?: StandardSchemaV1
  /** Phase one's deadline where the transaction is started without one, milliseconds. */
  readonly timeoutMs?: number
  /** In the order in which they were written. */
  readonly steps: readonly Step[]
  /** Of a message: who is asked how an undecided one ended. */
  readonly query?: QueryFunction | string
}

/** One step; in the transaction a branch of that name. */
export interface Step extends StepSettings {
  /** The `branch_id`: 1 to 64 of `A-Z a-z 0-9 - _`. */
  readonly name: string
  readonly pivot: boolean
  /** What must be done before it: the step written before it when absent. */
  readonly after?: readonly string[]
  /** Whose results it is given: those of all that come before it when absent. */
  readonly reads?: readonly string[]
  readonly calls: OwnCalls | UrlCalls
}

export interface StepSettings {
  /** How long one call may take. */
  readonly timeoutMs?: number
  readonly retry?: Retry
}

/** A step whose calls are functions of the application, by operation: `action`, `compensate`, `try` … */
export interface OwnCalls {
  readonly kind: 'own'
  readonly functions: Readonly<Partial<Record<StepOperation, StepFunction>>>
  /** Makes each call take effect once; the functions then get its `database`. */
  readonly barrier?: StepBarrier<unknown>
}

/** What a step's functions run behind: a barrier, or in mode xa a resource that prepares their work. */
export type StepBarrier<Database> = Pick<Barrier<Database>, 'run'>

/** A step whose calls are URLs. */
export interface UrlCalls {
  readonly kind: 'urls'
  readonly urls: Readonly<Partial<Record<StepOperation, string>>>
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  /** What is sent; the transaction's input when absent. */
  readonly payload?: PayloadOf
  /** What is sent to undo; the same as `payload` when absent. */
  readonly undoPayload?: PayloadOf
  /** What a result must be; checked where it is read. */
  readonly result?: StandardSchemaV1
}

/** Any but a message's query. */
export type StepOperation = BarrierOperation

/** Makes the payload of a call, when the transaction is started: results are there as references only. */
export type PayloadOf = (given: { input: Json | undefined; results: object; result: unknown }) => unknown

/** What a step's function is called with. */
export interface Given {
  readonly gid: string
  /** The step. */
  readonly branchId: string
  /** Counts from 1; a hint, it may repeat after a recovery. */
  readonly attempt: number
  /** The same for every repeat of this call: `{gid}/{branch_id}/{op}`. */
  readonly idempotencyKey: string
  /** Fires when the answer can no longer matter, or the time is over: stop as soon as it is safe. */
  readonly signal: AbortSignal
  readonly input: Json | undefined
  /** By step. */
  readonly results: Readonly<Record<string, Json | undefined>>
  /** An undo is told how its call ended; a confirm or commit that it is done. */
  readonly outcome?: ToldOutcome
  /** What the call answered that is undone, confirmed or committed. */
  readonly result?: Json
  /** The barrier's, where the step has one. */
  readonly database?: unknown
}

/** Answers its result, `ongoing()`, or nothing; throws `Refused` to refuse. Anything else that it throws is unknown. */
export type StepFunction = (given: Given) => unknown

/**
 * Whether the local change that a message follows was made: it answers if so, and throws `Refused` if it never will be.
 */
export type QueryFunction = (given: { gid: string; input: Json | undefined; signal: AbortSignal }) => unknown
