import type {
  BranchRequest,
  Caller,
  DurableState,
  ListQuery,
  Refusal,
  Report,
  Resolution,
  RunRequest,
  StartRequest,
  TransactionView,
  Waiting,
} from './requests.ts'
import type { BranchStatus, Json, Operation, Status } from './words.ts'

export interface Accepted {
  gid: string
  status: Status
  /** True when the same content was accepted before. */
  repeated: boolean
}

export interface BranchAccepted {
  gid: string
  branchId: string
  status: BranchStatus
  repeated: boolean
}

/** Where a transaction stands, and how it came there. */
export interface Standing extends Accepted {
  failedBranch?: string
  reason?: string
  refusal?: Refusal
  /** Results by branch, once committed. */
  results?: Readonly<Record<string, Json>>
  /** True where only the status is left: its results and reasons were swept after their retention. */
  swept?: boolean
}

/** How the call of a tried branch ended: done, or not decided yet. A refusal is thrown as BRANCH_REFUSED. */
export interface TryAnswer {
  outcome: 'done' | 'ongoing' | 'unknown'
  status: BranchStatus
  result?: Json
}

/** Where a branch stands after the decision that was asked for is durable. */
export interface BranchStanding {
  gid: string
  branchId: string
  /** The whole transaction's status. */
  status: Status
  branchStatus: BranchStatus
  op?: Operation
  result?: Json
  /** True while the branch's own call has not been answered. */
  open: boolean
}

export interface TransactionPage {
  transactions: readonly TransactionView[]
  /** Where the next page begins; absent on the last one. */
  nextCursor?: string
  /** Given where counting is cheap. */
  totalCount?: number
}

export interface EndedAnswer {
  ended: readonly { gid: string; status: Status; endedAt: number }[]
  /** Gids that nothing is known of. */
  unknown: readonly string[]
}

/**
 * What an application may ask of Assent, embedded in its process or over the wire.
 *
 * Every method throws an `AssentError` whose code is in the error table. A promise that resolves says that
 * what it answers is durable; STORE_UNAVAILABLE or a lost answer says nothing, and the same request with the
 * same gid may be repeated.
 */
export interface TransactionApi {
  /** Opens a transaction; nothing is called until it is submitted. */
  start(request: StartRequest & Caller): Promise<Accepted>
  addBranch(request: { gid: string; branch: BranchRequest } & Caller): Promise<BranchAccepted>
  /** Registers a branch durably as application-driven, then calls its phase one once. */
  tryBranch(request: { gid: string; branch: BranchRequest } & Caller): Promise<TryAnswer>
  /** Decides to commit the whole, and waits for this branch's call. */
  confirmBranch(request: { gid: string; branchId: string } & Caller): Promise<BranchStanding>
  /** Decides to abort the whole, and waits for this branch's undo. */
  cancelBranch(request: { gid: string; branchId: string } & Caller): Promise<BranchStanding>
  /** Says how an application-driven or ongoing branch ended. */
  reportBranch(report: Report): Promise<BranchAccepted>
  submit(request: { gid: string } & Waiting & Caller): Promise<Standing>
  abort(request: { gid: string; reason?: string } & Waiting & Caller): Promise<Standing>
  /** Start, add and submit as one durable write. */
  run(request: RunRequest & Waiting & Caller): Promise<Standing>
  get(request: { gid: string } & Waiting): Promise<TransactionView>
  list(query: ListQuery): Promise<TransactionPage>
  /** Makes due at once what waits, past a circuit breaker too. */
  retry(request: { gid: string; branchId?: string } & Caller): Promise<Accepted>
  /** An operator says how the open call ended. */
  resolve(resolution: Resolution): Promise<Accepted>
  /** Which of these transactions have ended; for participants' sweeps. */
  ended(gids: readonly string[]): Promise<EndedAnswer>
  /** Durable states until the end, newest only; `after` is the last version seen. */
  events(request: { gid: string; after?: number; signal?: CancelSignal }): AsyncIterable<DurableState>
  newGid(): string
}

/** The part of an AbortSignal that is needed, so that this file asks for no platform. */
export interface CancelSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}
