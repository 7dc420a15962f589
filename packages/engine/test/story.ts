/** Tells a test's given-when-then: a transaction, and what happens to it. */
import {
  AssentError,
  type BranchRequest,
  DEFAULT_OPTIONS,
  type Mode,
  type Operation,
  type Options,
  type Outcome,
  type RunRequest,
  type StartRequest,
} from '@assent/contract'
import {
  type Acceptance,
  type AcceptanceRules,
  add,
  advance,
  type Branch,
  due,
  type Event,
  type Reported,
  run,
  start,
  type Transaction,
} from '../src/index.ts'
import { MODE_ROWS } from '../src/transactions/modes.ts'

/** When every story begins (epoch milliseconds). */
export const BEGINNING = 1_000_000

export const RULES: AcceptanceRules = {
  schemes: new Set(['http:', 'https:', 'local:', 'kafka:']),
  allows: (url) => !url.includes('forbidden'),
}

export function acceptance(now = BEGINNING, defaults: Partial<Options> = {}): Acceptance {
  return {
    gid: 'g',
    now,
    content: 'hash',
    application: '',
    defaults: { ...DEFAULT_OPTIONS, ...defaults },
    rules: RULES,
  }
}

/** A branch with a URL for every call that the mode knows. */
export function branchOf(mode: Mode, branchId: string, more: Partial<BranchRequest> = {}): BranchRequest {
  const urls = MODE_ROWS[mode].urls.map((field) => [field, `http://${branchId}/${field}`])
  return { branchId, ...Object.fromEntries(urls), ...more }
}

/** What a message must have beside its branches. */
export function fieldsOf(mode: Mode): Partial<StartRequest> {
  return MODE_ROWS[mode].query ? { mode, query: 'http://sender/query' } : { mode }
}

/** Freezes a value and all that it holds, so that whoever writes to it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
  return value
}

type Said = { result?: Reported['result']; op?: Operation; reason?: string }
type Answer = Partial<Omit<Extract<Event, { type: 'answered' }>, 'type' | 'branchId' | 'outcome'>>

/** A transaction to which one thing happens after another. */
export class Story {
  now: number
  transaction: Transaction
  /** Whether what happened last must be durable before anything follows from it. */
  decided = true

  constructor(transaction: Transaction, now: number) {
    this.transaction = deepFreeze(transaction)
    this.now = now
  }

  when(event: Event): this {
    const { transaction, decided } = advance(this.transaction, event, this.now)
    this.transaction = deepFreeze(transaction)
    this.decided = decided
    return this
  }

  add(...branches: readonly BranchRequest[]): this {
    for (const branch of branches) this.register(branch, false)
    return this
  }

  /** Registers a branch as tried, and starts its call. */
  try(branch: BranchRequest, callForMs = 30_000): this {
    this.register(branch, true)
    return this.call(branch.branchId, this.phaseOne, this.now + callForMs)
  }

  register(branch: BranchRequest, tried: boolean): this {
    const addition = { branch, content: JSON.stringify(branch), tried, rules: RULES }
    this.transaction = deepFreeze(add(this.transaction, addition, this.now))
    return this
  }

  submit(): this {
    return this.when({ type: 'submitted', allDone: false })
  }

  confirm(): this {
    return this.when({ type: 'submitted', allDone: true })
  }

  abort(reason?: string): this {
    return this.when({ type: 'abort-requested', ...(reason === undefined ? {} : { reason }) })
  }

  claim(): this {
    return this.when({ type: 'claimed' })
  }

  retry(branchId?: string): this {
    return this.when({ type: 'retry-requested', ...(branchId === undefined ? {} : { branchId }) })
  }

  /** Time passes, and nothing else happens. */
  pass(ms: number): this {
    this.now += ms
    return this.when({ type: 'woken' })
  }

  /** What should be called now, as `a action`, or `query`. */
  get due(): string[] {
    return due(this.transaction, this.now).calls.map(nameOf)
  }

  get wakeAt(): number | null {
    return due(this.transaction, this.now).wakeAt
  }

  /** Starts what is due, and says what. */
  callDue(): string[] {
    const { calls } = due(this.transaction, this.now)
    if (calls.length > 0) this.when({ type: 'called', calls })
    return calls.map(nameOf)
  }

  call(branchId: string | undefined, op: Operation, until?: number): this {
    const call = {
      op,
      ...(branchId === undefined ? {} : { branchId }),
      ...(until === undefined ? {} : { until }),
    }
    return this.when({ type: 'called', calls: [call] })
  }

  /** The call in flight of a branch (none: the query) is answered. */
  answer(branchId: string | undefined, outcome: Outcome, more: Answer = {}): this {
    const inFlight =
      branchId === undefined ? this.transaction.inquiry?.inFlight : this.branch(branchId).inFlight
    if (inFlight === undefined && more.op === undefined)
      throw new Error(`${branchId ?? 'query'}: not in flight`)
    return this.when({
      type: 'answered',
      ...(branchId === undefined ? {} : { branchId }),
      op: inFlight?.op ?? 'action',
      attempt: inFlight?.attempt ?? 1,
      at: this.now,
      durationMs: 5,
      outcome,
      ...more,
    })
  }

  /** Starts what is due, and answers all of it alike. */
  callAndAnswer(outcome: Outcome, more: Answer = {}): string[] {
    const { calls } = due(this.transaction, this.now)
    this.callDue()
    for (const { branchId } of calls) this.answer(branchId, outcome, more)
    return calls.map(nameOf)
  }

  /** The call in flight was not made after all. */
  hold(
    branchId: string | undefined,
    reason: Extract<Event, { type: 'held' }>['reason'] = 'CIRCUIT_OPEN',
    retryAfterMs = 100,
  ): this {
    const inFlight =
      branchId === undefined ? this.transaction.inquiry?.inFlight : this.branch(branchId).inFlight
    if (inFlight === undefined) throw new Error(`${branchId ?? 'query'}: not in flight`)
    const { op, attempt } = inFlight
    return this.when({
      type: 'held',
      ...(branchId === undefined ? {} : { branchId }),
      op,
      attempt,
      reason,
      retryAfterMs,
    })
  }

  report(branchId: string, outcome: 'done' | 'refused', said: Said = {}): this {
    return this.when({ type: 'reported', branchId, outcome, by: 'application', resolution: false, ...said })
  }

  /** An operator's word. */
  resolve(branchId: string | undefined, op: Operation, outcome: 'done' | 'refused'): this {
    return this.when({
      type: 'reported',
      ...(branchId === undefined ? {} : { branchId }),
      op,
      outcome,
      reason: 'seen in the ledger',
      by: 'operator',
      resolution: true,
    })
  }

  get status(): Transaction['status'] {
    return this.transaction.status
  }

  branch(branchId: string): Branch {
    const branch = this.transaction.branches.find((candidate) => candidate.request.branchId === branchId)
    if (branch === undefined) throw new Error(`no branch ${branchId}`)
    return branch
  }

  /** The branches' statuses, in order. */
  get statuses(): string {
    return this.transaction.branches.map((branch) => branch.status).join(' ')
  }

  private get phaseOne(): Operation {
    return MODE_ROWS[this.transaction.mode].phaseOne ?? 'action'
  }
}

function nameOf({ branchId, op }: { branchId?: string; op: Operation }): string {
  return branchId === undefined ? op : `${branchId} ${op}`
}

/** A transaction that was accepted whole: started, its branches added, submitted. */
export function given(request: RunRequest): Story {
  return new Story(run(request, acceptance()), BEGINNING)
}

/** A saga of these branches, accepted whole. */
export function givenSaga(...branches: readonly BranchRequest[]): Story {
  return given({ branches })
}

/** A transaction that is still open. */
export function givenOpen(request: StartRequest, ...branches: readonly BranchRequest[]): Story {
  return new Story(start(request, acceptance()), BEGINNING).add(...branches)
}

/** What an act is refused with; throws when it isn't. */
export function refusalOf(act: () => unknown): Pick<AssentError, 'code' | 'message' | 'details'> {
  try {
    act()
  } catch (error) {
    if (!(error instanceof AssentError)) throw error
    const { code, message, details } = error
    return { code, message, details }
  }
  throw new Error('nothing was refused')
}
