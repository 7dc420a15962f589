import type { Json, Mode, Ongoing, Operation, Phase } from '@assent/contract'

/** A call that has arrived, whatever brought it. */
export interface ServedCall {
  gid: string
  /** Absent for a message's query. */
  branchId?: string
  op: Operation
  mode: Mode
  phase: Phase
  attempt: number
  body?: Json
  headers: Readonly<Record<string, string>>
  signal: AbortSignal
  timeoutMs?: number
}

/** What JSON can say of it is the call's result. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement has done what it was called for
export type Returned = Json | Ongoing | void

/** Answers a call's result or `ongoing()`, or throws `Refused`; after anything else that it throws the outcome is unknown. */
export type ServedFunction = (call: ServedCall) => Promise<Returned>
