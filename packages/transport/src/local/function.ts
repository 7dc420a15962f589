import type { Json, Mode, Ongoing, Operation, Phase } from '@assent/contract'

/** What a local function is called with: what a participant elsewhere would read from body and headers. */
export interface LocalRequest {
  gid: string
  /** Absent for a message's query. */
  branchId?: string
  op: Operation
  mode: Mode
  phase: Phase
  /** Counts from 1; a hint, it may repeat after a recovery. */
  attempt: number
  /** The function's own copy. */
  body?: Json
  /** What a participant elsewhere would get as headers, the `assent-` ones included. */
  headers: Readonly<Record<string, string>>
  /** Fires when the answer can no longer matter, or the time is over: stop as soon as it is safe. */
  signal: AbortSignal
  /** When the signal fires, counted from the call. */
  timeoutMs: number
}

// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement has done what it was called for
type Returned = Json | Ongoing | void

/**
 * A participant in this process. What it returns is the result, as JSON would carry it; `ongoing()` says
 * that it isn't decided yet; throwing `Refused` refuses; after anything else that it throws the outcome is
 * unknown, and it is called again.
 */
export type LocalFunction = (request: LocalRequest) => Returned | Promise<Returned>

/** Functions by name; a Map is one. Asked at each call, so that functions may be registered later. */
export interface LocalFunctions {
  get(name: string): LocalFunction | undefined
}
