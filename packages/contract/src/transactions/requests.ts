import type { Options } from './options.ts'
import type { BranchStatus, DrivenBy, Json, Mode, Operation, Status } from './words.ts'

/** How often and how long a branch's calls are repeated; what is absent comes from the options. */
export interface Retry {
  intervalMs?: number
  maxIntervalMs?: number
  /** Attempts of phase one that may end unknown; exhausted, the transaction aborts. */
  maxAttempts?: number
}

/** A branch as it is handed in. */
export interface BranchRequest {
  branchId: string
  /** URL of phase one, in every mode. */
  action?: string
  compensate?: string
  confirm?: string
  cancel?: string
  commit?: string
  rollback?: string
  drivenBy?: DrivenBy
  after?: readonly string[]
  pivot?: boolean
  payload?: Json
  undoPayload?: Json
  envelope?: boolean
  /** Branches whose results the envelope carries; all that come before it when absent. */
  reads?: readonly string[]
  headers?: Readonly<Record<string, string>>
  method?: string
  timeoutMs?: number
  retry?: Retry
}

export interface StartRequest {
  /** Given by the caller to make a repeat harmless; a new UUIDv7 when absent. */
  gid?: string
  mode?: Mode
  /** The kind of transaction, as its definition calls it. */
  name?: string
  version?: number
  labels?: Readonly<Record<string, string>>
  payload?: Json
  /** Who is asked how an undecided message ended; required in message mode. */
  query?: string
  options?: Partial<Options>
}

export interface RunRequest extends StartRequest {
  branches: readonly BranchRequest[]
}

/** Who asks; what the audit and the history show. */
export interface Caller {
  actor?: string
}

export interface Waiting {
  /** How long the answer may wait for the end of the transaction; it never changes what happens. */
  waitMs?: number
}

export interface Report extends Caller {
  gid: string
  branchId: string
  /** The operation that ended; the phase-one operation when absent. */
  op?: Operation
  outcome: 'done' | 'refused'
  result?: Json
  reason?: string
}

export interface Resolution extends Caller {
  gid: string
  /** Absent for a message's query. */
  branchId?: string
  op: Operation
  outcome: 'done' | 'refused'
  reason: string
}

export interface ListQuery {
  limit?: number
  offset?: number
  cursor?: string
  status?: Status
  mode?: Mode
  name?: string
  label?: { key: string; value: string }
  attention?: boolean
  /** Epoch milliseconds, inclusive. */
  createdAfter?: number
  /** Epoch milliseconds, exclusive. */
  createdBefore?: number
  gidPrefix?: string
}

/** Why a participant refused, as it said it. */
export interface Refusal {
  code?: string
  message?: string
  details?: Json
}

/** Something must finish and hasn't. It goes on being tried until it ends or an operator resolves it. */
export interface Attention {
  /** Absent when it concerns a message's query, or the whole transaction. */
  branchId?: string
  op?: Operation
  reason: string
  /** Epoch milliseconds. */
  since: number
}

/** One call, as it went. */
export interface Attempt {
  op: Operation
  /** Epoch milliseconds. */
  at: number
  durationMs: number
  outcome: 'done' | 'refused' | 'ongoing' | 'unknown'
  /** The transport's own status: an HTTP status, a gRPC code. */
  status?: number | string
  error?: string
  /** Who said so, where no call did: a report or an operator's resolution. */
  by?: string
  /** True when it answered another operation than the open one, and so changed nothing. */
  ignored?: boolean
}

/** A branch as it is shown. */
export interface BranchView extends BranchRequest {
  drivenBy: DrivenBy
  status: BranchStatus
  op?: Operation
  result?: Json
  resultOmitted?: boolean
  refusal?: Refusal
  reason?: string
  attempts: readonly Attempt[]
  attemptCount: number
}

/** A transaction as it is shown; every time is epoch milliseconds. */
export interface TransactionView {
  gid: string
  mode: Mode
  name?: string
  version?: number
  labels: Readonly<Record<string, string>>
  status: Status
  payload?: Json
  query?: string
  options: Options
  createdAt: number
  updatedAt: number
  reason?: string
  failedBranch?: string
  refusal?: Refusal
  attention?: Attention
  branches: readonly BranchView[]
}

/** A transaction's state as the store holds it, with the number of the write that put it there. */
export interface DurableState {
  /** The version of the write: grows by one with each. */
  version: number
  transaction: TransactionView
}
