import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import {
  type Accepted,
  AssentError,
  type BranchRequest,
  type BranchStanding,
  type BranchView,
  type CancelSignal,
  DEFAULT_OPTIONS,
  type DurableState,
  isEnded,
  type ListQuery,
  type Outcome,
  type RunRequest,
  type Standing,
  type StartRequest,
  type Status,
  type TransactionApi,
  type TransactionView,
} from '@assent/contract'

interface Kept {
  view: TransactionView
  content: string
  version: number
}

/** How a call to this URL ends; anything that says nothing else is done. */
function outcomeOf(url: string | undefined): Outcome {
  const said = ['refused', 'ongoing', 'unknown'] as const
  return said.find((outcome) => url?.includes(outcome)) ?? 'done'
}

/**
 * Keeps transactions in memory, and ends them as their URLs say, without calling anyone. What a door needs
 * behind it to be tested alone: states, refusals and waits are real, driving and durability are not.
 */
export class FakeTransactionApi implements TransactionApi {
  readonly asked: { method: string; request: unknown }[] = []
  /** Thrown by whatever is asked next. */
  fault: unknown
  readonly #kept = new Map<string, Kept>()
  readonly #changes = new EventEmitter().setMaxListeners(0)

  async start(request: StartRequest & { actor?: string }): Promise<Accepted> {
    this.#note('start', request)
    const { kept, repeated } = this.#begin(request, [])
    return { gid: kept.view.gid, status: kept.view.status, repeated }
  }

  async run(request: RunRequest & { waitMs?: number; actor?: string }): Promise<Standing> {
    this.#note('run', request)
    const { kept, repeated } = this.#begin(request, request.branches)
    if (!repeated) this.#settle(kept)
    await this.#wait(kept, request.waitMs)
    return { ...standingOf(kept.view), repeated }
  }

  async addBranch(request: Parameters<TransactionApi['addBranch']>[0]) {
    this.#note('addBranch', request)
    const kept = this.#find(request.gid)
    const { branch, repeated } = this.#enter(kept, request.branch)
    return { gid: request.gid, branchId: branch.branchId, status: branch.status, repeated }
  }

  async tryBranch(request: Parameters<TransactionApi['tryBranch']>[0]) {
    this.#note('tryBranch', request)
    const kept = this.#find(request.gid)
    const { branch } = this.#enter(kept, { ...request.branch, drivenBy: 'application' })
    const outcome = outcomeOf(branch.action)
    branch.status = outcome === 'done' ? 'SUCCEED' : outcome === 'refused' ? 'FAILED' : 'ONGOING'
    this.#changed(kept)
    if (outcome === 'refused') {
      const refusal = { code: 'NO', message: 'not today', details: { keepThisName: 1 } }
      throw new AssentError('BRANCH_REFUSED', `branch ${branch.branchId} was refused`, { refusal })
    }
    return { outcome, status: branch.status, ...(outcome === 'done' ? { result: { done: true } } : {}) }
  }

  async confirmBranch(request: Parameters<TransactionApi['confirmBranch']>[0]): Promise<BranchStanding> {
    this.#note('confirmBranch', request)
    const { kept, branch } = this.#branch(request)
    this.#undecided(kept)
    this.#leave(kept, 'COMMITTED', ['PREPARED', 'COMMITTED'])
    branch.status = 'CONFIRMED'
    return this.#standing(kept, branch, outcomeOf(branch.confirm) !== 'done')
  }

  async cancelBranch(request: Parameters<TransactionApi['cancelBranch']>[0]): Promise<BranchStanding> {
    this.#note('cancelBranch', request)
    const { kept, branch } = this.#branch(request)
    this.#leave(kept, 'ABORTED', ['PREPARED', 'ABORTED'])
    branch.status = 'COMPENSATED'
    return this.#standing(kept, branch, outcomeOf(branch.cancel) !== 'done')
  }

  async reportBranch(report: Parameters<TransactionApi['reportBranch']>[0]) {
    this.#note('reportBranch', report)
    const { kept, branch } = this.#branch(report)
    const open = kept.view.mode === 'tcc' ? 'try' : 'action'
    if (report.op !== undefined && report.op !== open) {
      throw new AssentError('INVALID_STATUS_TRANSITION', `the open operation is ${open}`, { open_op: open })
    }
    branch.status = report.outcome === 'done' ? 'SUCCEED' : 'FAILED'
    if (report.result !== undefined) branch.result = report.result
    this.#changed(kept)
    return { gid: report.gid, branchId: report.branchId, status: branch.status, repeated: false }
  }

  async submit(request: Parameters<TransactionApi['submit']>[0]): Promise<Standing> {
    this.#note('submit', request)
    const kept = this.#find(request.gid)
    const repeated = kept.view.status !== 'PREPARED'
    if (kept.view.status === 'ABORTED') {
      throw new AssentError('INVALID_STATUS_TRANSITION', 'it was aborted', {
        from: 'ABORTED',
        to: 'SUBMITTED',
      })
    }
    if (!repeated) {
      this.#undecided(kept)
      this.#settle(kept)
    }
    await this.#wait(kept, request.waitMs)
    return { ...standingOf(kept.view), repeated }
  }

  async abort(request: Parameters<TransactionApi['abort']>[0]): Promise<Standing> {
    this.#note('abort', request)
    const kept = this.#find(request.gid)
    const repeated = kept.view.status === 'ABORTED'
    this.#leave(kept, 'ABORTED', ['PREPARED', 'SUBMITTED', 'ABORTED'])
    kept.view.reason ??= request.reason
    await this.#wait(kept, request.waitMs)
    return { ...standingOf(kept.view), repeated }
  }

  async get(request: Parameters<TransactionApi['get']>[0]): Promise<TransactionView> {
    this.#note('get', request)
    const kept = this.#find(request.gid)
    await this.#wait(kept, request.waitMs)
    return kept.view
  }

  async list(query: ListQuery) {
    this.#note('list', query)
    if (query.cursor !== undefined && !/^\d+$/.test(query.cursor)) {
      throw new AssentError('INVALID_REQUEST', 'cursor was not made here', [
        { path: 'cursor', problem: 'is foreign' },
      ])
    }
    const all = [...this.#kept.values()]
      .map(({ view }) => view)
      .reverse()
      .filter(({ status, mode }) => status === (query.status ?? status) && mode === (query.mode ?? mode))
    const from = Number(query.cursor ?? query.offset ?? 0)
    const to = from + (query.limit ?? 10)
    return {
      transactions: all.slice(from, to),
      ...(to < all.length ? { nextCursor: String(to) } : {}),
      totalCount: all.length,
    }
  }

  async retry(request: Parameters<TransactionApi['retry']>[0]): Promise<Accepted> {
    this.#note('retry', request)
    const { view } = this.#find(request.gid)
    if (request.branchId !== undefined) this.#branch({ gid: request.gid, branchId: request.branchId })
    return { gid: view.gid, status: view.status, repeated: false }
  }

  async resolve(request: Parameters<TransactionApi['resolve']>[0]): Promise<Accepted> {
    this.#note('resolve', request)
    const kept = this.#find(request.gid)
    this.#leave(kept, request.outcome === 'done' ? 'COMMITTED' : 'ABORTED', ['SUBMITTED'])
    return { gid: request.gid, status: kept.view.status, repeated: false }
  }

  async ended(gids: readonly string[]) {
    this.#note('ended', gids)
    const known = gids.flatMap((gid) => this.#kept.get(gid)?.view ?? [])
    return {
      ended: known
        .filter(({ status }) => isEnded(status))
        .map(({ gid, status, updatedAt }) => ({ gid, status, endedAt: updatedAt })),
      unknown: gids.filter((gid) => !this.#kept.has(gid)),
    }
  }

  async *events(request: {
    gid: string
    after?: number
    signal?: CancelSignal
  }): AsyncGenerator<DurableState> {
    this.#note('events', request)
    const kept = this.#find(request.gid)
    let seen = request.after ?? 0
    const gone = new AbortController()
    request.signal?.addEventListener('abort', () => gone.abort())
    while (!gone.signal.aborted) {
      if (kept.version > seen) {
        seen = kept.version
        yield { version: kept.version, transaction: structuredClone(kept.view) }
      } else if (isEnded(kept.view.status)) return
      else await once(this.#changes, kept.view.gid, { signal: gone.signal }).catch(() => undefined)
    }
  }

  newGid(): string {
    return randomUUID()
  }

  #note(method: string, request: unknown): void {
    this.asked.push({ method, request })
    const { fault } = this
    this.fault = undefined
    if (fault !== undefined) throw fault
  }

  #begin(request: StartRequest & { actor?: string; waitMs?: number }, branches: readonly BranchRequest[]) {
    const { actor: _, waitMs: __, ...sent } = request
    const content = JSON.stringify(sent)
    const gid = request.gid ?? this.newGid()
    const known = this.#kept.get(gid)
    if (known !== undefined) {
      if (known.content === content) return { kept: known, repeated: true }
      throw new AssentError('CONFLICT', `gid ${gid} is in use with other content`)
    }
    const now = Date.now()
    const { gid: __gid, options, labels, mode, ...rest } = request
    const view: TransactionView = {
      ...{ ...rest, actor: undefined, waitMs: undefined },
      gid,
      mode: mode ?? 'saga',
      labels: labels ?? {},
      options: { ...DEFAULT_OPTIONS, ...options },
      status: 'PREPARED',
      createdAt: now,
      updatedAt: now,
      branches: branches.map(viewOf),
    }
    const kept = { view, content, version: 1 }
    this.#kept.set(gid, kept)
    return { kept, repeated: false }
  }

  #enter(kept: Kept, request: BranchRequest) {
    const known = kept.view.branches.find(({ branchId }) => branchId === request.branchId)
    if (known !== undefined) return { branch: known, repeated: true }
    if (kept.view.status !== 'PREPARED') {
      throw new AssentError('INVALID_STATUS_TRANSITION', 'it is no longer open', {
        from: kept.view.status,
        to: 'PREPARED',
      })
    }
    const branch = viewOf(request)
    kept.view.branches = [...kept.view.branches, branch]
    this.#changed(kept)
    return { branch, repeated: false }
  }

  /** Ends as its branches say: refused if one is, open while one is. */
  #settle(kept: Kept): void {
    const { view } = kept
    const refused = view.branches.find(({ action }) => outcomeOf(action) === 'refused')
    const open = view.branches.some(({ action }) => ['ongoing', 'unknown'].includes(outcomeOf(action)))
    if (refused !== undefined) {
      view.failedBranch = refused.branchId
      view.reason = `branch ${refused.branchId} was refused`
      view.refusal = { code: 'NO', message: 'not today' }
    }
    view.status = refused === undefined ? (open ? 'SUBMITTED' : 'COMMITTED') : 'ABORTED'
    this.#changed(kept)
  }

  #undecided({ view }: Kept): void {
    const branches = view.branches
      .filter(({ drivenBy, status }) => drivenBy === 'application' && ['PREPARED', 'FAILED'].includes(status))
      .map(({ branchId }) => branchId)
    if (branches.length === 0) return
    throw new AssentError('BRANCH_UNDECIDED', `undecided: ${branches.join(', ')}`, { branches })
  }

  #leave(kept: Kept, to: Status, from: readonly Status[]): void {
    const { view } = kept
    if (!from.includes(view.status)) {
      throw new AssentError('INVALID_STATUS_TRANSITION', `it is ${view.status}`, { from: view.status, to })
    }
    view.status = to
    this.#changed(kept)
  }

  #changed(kept: Kept): void {
    kept.version += 1
    kept.view.updatedAt = Date.now()
    this.#changes.emit(kept.view.gid)
  }

  async #wait({ view }: Kept, waitMs = 0): Promise<void> {
    const signal = AbortSignal.timeout(waitMs)
    while (waitMs > 0 && !isEnded(view.status) && !signal.aborted) {
      await once(this.#changes, view.gid, { signal }).catch(() => undefined)
    }
  }

  #find(gid: string): Kept {
    const kept = this.#kept.get(gid)
    if (kept === undefined) throw new AssentError('TRANSACTION_NOT_FOUND', `there is no transaction ${gid}`)
    return kept
  }

  #branch({ gid, branchId }: { gid: string; branchId: string }) {
    const kept = this.#find(gid)
    const branch = kept.view.branches.find((one) => one.branchId === branchId)
    if (branch === undefined) throw new AssentError('BRANCH_NOT_FOUND', `${gid} has no branch ${branchId}`)
    return { kept, branch }
  }

  #standing({ view }: Kept, branch: BranchView, open: boolean): BranchStanding {
    return {
      gid: view.gid,
      branchId: branch.branchId,
      status: view.status,
      branchStatus: branch.status,
      open,
    }
  }
}

function viewOf(request: BranchRequest): BranchView {
  return {
    ...request,
    drivenBy: request.drivenBy ?? 'coordinator',
    status: 'PREPARED',
    attempts: [],
    attemptCount: 0,
  }
}

function standingOf(view: TransactionView): Omit<Standing, 'repeated'> {
  const { gid, status, failedBranch, reason, refusal } = view
  const results = Object.fromEntries(view.branches.map(({ branchId }) => [branchId, { ok: true }]))
  return { gid, status, failedBranch, reason, refusal, ...(status === 'COMMITTED' ? { results } : {}) }
}
