import type {
  Attempt,
  BranchRequest,
  BranchStatus,
  DrivenBy,
  Json,
  Mode,
  Operation,
  Options,
  Refusal,
  Status,
  ToldOutcome,
} from '@assent/contract'
import { MODE_ROWS } from './modes.ts'

/** A call that was started and has not been answered. */
export interface InFlight {
  op: Operation
  attempt: number
  /**
   * Epoch milliseconds by which a try has ended, wherever it was made. Absent: whoever drives the transaction
   * made the call and waits for its answer.
   */
  until?: number
  /** Epoch milliseconds by which earlier calls of the same try have ended: it may be asked for again amid one. */
  earlierUntil?: number
}

/** An operation that has begun and has not ended: what is being asked, how often, and when again. */
export interface OpenOperation {
  op: Operation
  /** Epoch milliseconds of its first call. */
  openedAt: number
  /** Calls of it that were made. */
  calls: number
  /** Calls of it that ended unknown. */
  failures: number
  /** Not called again before this (epoch milliseconds). */
  dueAt: number
  /** The next call passes a circuit breaker. */
  forced?: boolean
  attention?: { reason: string; since: number }
}

/** What a branch's undo tells the participant; fixed before its first call, and never changed. */
export interface Told {
  outcome: ToldOutcome
  result?: Json
  /** Positions of branches that its body does without, whatever they answer yet: they were not decided. */
  without?: readonly number[]
}

export interface Branch {
  readonly request: BranchRequest
  /** Hash of what it was added with; '' when it came with the transaction. */
  readonly content: string
  drivenBy: DrivenBy
  /** Registered by a try: at submit it passes to the coordinator unless it is decided. */
  tried: boolean
  /** Positions of the branches that come before it; settled at submit. */
  after: readonly number[]
  /** It has no phase one: behind the pivot, or in a mode without one. Settled at submit. */
  follower: boolean
  /** A call of another branch reads its result. Settled at submit. */
  read: boolean
  status: BranchStatus
  /** How phase one ended, whatever has happened since. */
  phaseOneOutcome?: 'done' | 'refused'
  /** It may have taken effect: on abort it gets its undo, whatever a later attempt says. */
  maybeDone: boolean
  /** Its open or last operation. */
  op?: Operation
  open?: OpenOperation
  inFlight?: InFlight
  /** A pivot without undo: that it is about to be called was decided, and is durable before the call. */
  recorded?: boolean
  told?: Told
  result?: Json
  resultOmitted?: boolean
  refusal?: Refusal
  reason?: string
  attempts: readonly Attempt[]
  attemptCount: number
}

/** A transaction as a plain value: what `advance` takes and gives, and what a store keeps as text. */
export interface Transaction {
  readonly gid: string
  readonly mode: Mode
  readonly name?: string
  readonly version?: number
  /** Who can drive it; '' is any coordinator. */
  application: string
  readonly labels: Readonly<Record<string, string>>
  readonly payload?: Json
  readonly query?: string
  readonly options: Options
  readonly createdAt: number
  /** Hash of what it was started with. */
  readonly content: string
  updatedAt: number
  status: Status
  /** It was submitted, or its query said so; from then on calls may have been made. */
  submitted: boolean
  /** Phase one's deadline (epoch milliseconds), once it runs. */
  deadline?: number
  reason?: string
  failedBranch?: string
  refusal?: Refusal
  /** Something about the whole transaction that a person should see. */
  alarm?: { reason: string; since: number }
  /** The query of a message, once it is asked. */
  inquiry?: { open?: OpenOperation; inFlight?: InFlight; attempts: readonly Attempt[]; attemptCount: number }
  /** Bytes that the kept results take together. */
  resultBytes: number
  branches: readonly Branch[]
}

/** Its acceptance was deferred, and nobody has driven it: the first claim gives it its deadline. */
export function isDeferred(transaction: Transaction): boolean {
  return transaction.status === 'SUBMITTED' && transaction.deadline === undefined
}

/** The operation of a branch's phase one; a follower has none. */
export function phaseOneOperation(transaction: Transaction, branch: Branch): Operation | undefined {
  return branch.follower ? undefined : MODE_ROWS[transaction.mode].phaseOne
}

/** The operation that must finish on commit, if the branch has one. */
export function commitOperation(transaction: Transaction, branch: Branch): Operation | undefined {
  const row = MODE_ROWS[transaction.mode]
  return branch.follower ? row.follow : row.confirm
}

export function undoOperation(transaction: Transaction): Operation | undefined {
  return MODE_ROWS[transaction.mode].undo
}

/** Where an operation of a branch is called; '' when there is nothing to call. */
export function operationUrl(request: BranchRequest, op: Operation): string {
  switch (op) {
    case 'action':
    case 'try':
    case 'prepare':
      return request.action ?? ''
    case 'compensate':
    case 'confirm':
    case 'cancel':
    case 'commit':
    case 'rollback':
      return request[op] ?? ''
    case 'query':
      return ''
  }
}

/** What a branch's calls but its undo carry, before results are filled in. A null of its own is its own. */
export function payloadOf(transaction: Transaction, branch: Branch): Json | undefined {
  const { payload } = branch.request
  return payload === undefined ? transaction.payload : payload
}

/** A pivot whose answer is final, because nothing can undo it. */
export function isPivotWithoutUndo(transaction: Transaction, branch: Branch): boolean {
  const undo = undoOperation(transaction)
  return branch.request.pivot === true && (undo === undefined || operationUrl(branch.request, undo) === '')
}

/** What a commit asks of this branch has happened. */
export function isCommitted(transaction: Transaction, branch: Branch): boolean {
  return commitOperation(transaction, branch) === undefined
    ? branch.status === 'SUCCEED'
    : branch.status === 'CONFIRMED'
}

/** Phase one of this branch is done; a follower counts when its own call is. */
export function isPhaseOneDone(branch: Branch): boolean {
  return branch.status === 'SUCCEED' || branch.status === 'CONFIRMED'
}

/** The calls of a branch that are under way when one more starts, which is a try if `until` says when it ends. */
export function withCall(
  before: InFlight | undefined,
  call: { op: Operation; attempt: number; until?: number },
  now: number,
): InFlight {
  const earlierUntil = Math.max(before?.until ?? 0, before?.earlierUntil ?? 0)
  return earlierUntil > now ? { ...call, earlierUntil } : call
}

/** The attempt of an answer that is of no call in flight, and of calls whose answers nobody counts. */
const NO_ATTEMPT = 0

/** Whether an answer ends the call that is waited for. */
export function isAnswerOf({ op, attempt }: InFlight, answered: { op: Operation; attempt: number }): boolean {
  return attempt !== NO_ATTEMPT && op === answered.op && attempt === answered.attempt
}

/** What is left of them when the last one has ended; nobody counts the answers of those before it. */
export function withoutCall(before: InFlight, now: number): InFlight | undefined {
  const { op, earlierUntil: until = 0 } = before
  return until > now ? { op, attempt: NO_ATTEMPT, until } : undefined
}

/** Whether a call is still being waited for. */
export function isInFlight(branch: Branch, now: number): boolean {
  const { inFlight } = branch
  return inFlight !== undefined && (inFlight.until === undefined || now < inFlight.until)
}

/** How long a call of this branch may take, in milliseconds. */
export function callTimeoutMs(transaction: Transaction, branch: Branch | undefined): number {
  return branch?.request.timeoutMs ?? transaction.options.requestTimeoutMs
}
