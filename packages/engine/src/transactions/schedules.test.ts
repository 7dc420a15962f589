import {
  AssentError,
  type BranchRequest,
  isEnded,
  type Json,
  MODES,
  type Operation,
  type Options,
  type Outcome,
} from '@assent/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptance, BEGINNING, branchOf, deepFreeze, fieldsOf, RULES } from '../../test/story.ts'
import { run, start } from './accept.ts'
import { add } from './add.ts'
import { advance } from './advance.ts'
import { callOf } from './call.ts'
import { type Due, due } from './due.ts'
import type { Event } from './events.ts'
import { withAncestors } from './graph.ts'
import { MODE_ROWS } from './modes.ts'
import { isSameJson } from './same-json.ts'
import {
  type Branch,
  commitOperation,
  isInFlight,
  isPivotWithoutUndo,
  operationUrl,
  phaseOneOperation,
  type Transaction,
  undoOperation,
} from './transaction.ts'
import { attentionOf, viewOf } from './view.ts'

/** Whatever happens to whatever transaction, in whatever order: what holds all the time, and that it always ends. */

/** How calls end, as often as each is named. */
const ENDS: readonly Outcome[] = ['done', 'done', 'done', 'unknown', 'ongoing', 'refused', 'unknown', 'done']

const RUNS = Number(process.env.ASSENT_ENGINE_SCHEDULES ?? 600)
const STEPS_TO_THE_END = 3_000
const TIMEOUT_MS = 60_000 + RUNS * 20

interface Planned {
  request: BranchRequest
  tried: boolean
}

interface Plan {
  mode: (typeof MODES)[number]
  branches: readonly Planned[]
  options: Partial<Options>
  /** Accepted in one write; else started, and its branches added while things happen. */
  whole: boolean
}

const planned = (name: string, earlier: readonly string[]) =>
  fc.record({
    name: fc.constant(name),
    after: fc.subarray([...earlier]),
    who: fc.constantFrom('coordinator', 'coordinator', 'coordinator', 'application', 'tried'),
    empty: fc.subarray(['action', 'confirm', 'commit', 'compensate', 'cancel', 'rollback'], { maxLength: 2 }),
    reads: fc.constantFrom('nothing', 'nothing', 'result', 'pointer', 'own in undo', 'envelope'),
    maxAttempts: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    isPivot: fc.boolean(),
    isFinal: fc.boolean(),
  })

const plans: fc.Arbitrary<Plan> = fc
  .tuple(
    fc.constantFrom(...MODES, 'saga' as const),
    fc.integer({ min: 0, max: 5 }).chain((size) => {
      const names = ['a', 'b', 'c', 'd', 'e'].slice(0, size)
      return fc.tuple(...names.map((name, position) => planned(name, names.slice(0, position))))
    }),
    fc.record({
      timeoutToFailMs: fc.constantFrom(40, 2_000),
      requestTimeoutMs: fc.constant(30),
      retryIntervalMs: fc.constant(10),
      retryMaxIntervalMs: fc.constant(80),
      attentionAfterMs: fc.constant(150),
      abandonAfterMs: fc.constant(5_000),
      parallelism: fc.integer({ min: 1, max: 3 }),
      order: fc.constantFrom('parallel', 'parallel', 'parallel', 'sequential'),
    }),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([mode, drafts, options, whole, hasPivot]): Plan => {
    const pivot = hasPivot && MODE_ROWS[mode].pivot ? drafts.findIndex(({ isPivot }) => isPivot) : -1
    const branches = drafts.map((draft, position): Planned => {
      const isBehind = pivot >= 0 && position >= pivot
      const canBeOwn = !whole && MODE_ROWS[mode].phaseOne !== undefined && !isBehind
      const request: BranchRequest = { ...branchOf(mode, draft.name), after: draft.after }
      for (const field of draft.empty) if (field in request) Object.assign(request, { [field]: '' })
      if (position === pivot) request.pivot = true
      if (pivot >= 0 && (position > pivot || draft.isFinal)) delete request.compensate
      if (draft.maxAttempts !== undefined) request.retry = { maxAttempts: draft.maxAttempts }
      const source = draft.after[0]
      if (draft.reads === 'result' && source !== undefined) request.payload = { of: { $result: source } }
      if (draft.reads === 'pointer' && source !== undefined)
        request.payload = { $result: source, pointer: '/id' }
      if (draft.reads === 'own in undo') request.undoPayload = { mine: { $result: draft.name } }
      if (draft.reads === 'envelope') request.envelope = true
      const tried = canBeOwn && draft.who === 'tried' && request.action !== ''
      if (canBeOwn && draft.who === 'application') request.drivenBy = 'application'
      return { request, tried }
    })
    return { mode, branches, options: options as Partial<Options>, whole }
  })

const steps = fc.array(fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 1_000 })), { maxLength: 60 })

interface Called {
  branchId: string | undefined
  op: Operation
  attempt: number
  until: number | undefined
}

/** A transaction, the participants around it, and everything that must hold between them. */
class World {
  now = BEGINNING
  transaction: Transaction
  private inFlight: Called[] = []
  private toCome: Planned[]
  /** Branches that have taken effect, or may have. */
  private readonly maybe = new Set<string>()
  /** Branches whose commit call or undo has ended, by operation. */
  private readonly finished = new Set<string>()
  /** What each undo said first. */
  private readonly told = new Map<string, { body: Json | undefined; outcome: string | undefined }>()
  private readonly plan: Plan

  constructor(plan: Plan) {
    this.plan = plan
    const fields = { ...fieldsOf(plan.mode), options: plan.options }
    const accepted = acceptance(this.now)
    this.toCome = plan.whole ? [] : [...plan.branches]
    this.transaction = deepFreeze(
      plan.whole
        ? run({ ...fields, branches: plan.branches.map(({ request }) => request) }, accepted)
        : start(fields, accepted),
    )
    this.noteDoneAtOnce()
    this.check()
  }

  /** One of the things that can happen now. */
  step([pick, value]: [number, number]): void {
    if (pick < 25) this.callDue()
    else if (pick < 54) this.answerOne(value)
    else if (pick < 58) this.holdOne(value)
    else if (pick < 66) this.addOne()
    else if (pick < 69) this.tryAgain(value)
    else if (pick < 74) this.happens({ type: 'submitted', allDone: value % 5 === 0 })
    else if (pick < 78) this.happens({ type: 'abort-requested' })
    else if (pick < 85) this.report(value)
    else if (pick < 88) this.claim()
    else if (pick < 90) this.happens({ type: 'retry-requested' })
    else if (pick < 91) this.happens({ type: 'went-back' })
    else this.pass(value)
  }

  /** All that is asked for is answered, and time goes on: it must end. */
  finish(): void {
    // The answer to a try may never come: who made it may be gone.
    this.inFlight = this.inFlight.filter(({ until }) => until === undefined)
    for (let count = 0; count < STEPS_TO_THE_END; count++) {
      if (isEnded(this.transaction.status)) return
      const { calls, wakeAt } = this.due()
      const first = this.inFlight[0]
      if (calls.length > 0) this.callDue()
      else if (first !== undefined) this.answer(first, this.lastWord(first))
      else if (wakeAt !== null) this.passUntil(wakeAt)
      else this.resolve()
      // A message whose branches never all came can't be submitted: its sender gives up.
      if (attentionOf(this.transaction)?.reason === 'NOT_SUBMITTABLE')
        this.happens({ type: 'abort-requested' })
    }
    throw new Error(`still ${this.transaction.status} after ${STEPS_TO_THE_END} steps`)
  }

  /** Every call is done in the end; the sender of a message may as well refuse. */
  private lastWord({ branchId }: Called): Outcome {
    return branchId === undefined && this.plan.branches.length % 2 === 1 ? 'refused' : 'done'
  }

  private due(): Due {
    return due(this.transaction, this.now)
  }

  /** An event, taken by the state and by its copy through JSON alike. */
  private happens(event: Event, note?: () => void): void {
    const before = this.transaction
    const copy: Transaction = deepFreeze(JSON.parse(JSON.stringify(before)))
    let advanced: ReturnType<typeof advance>
    try {
      advanced = advance(before, event, this.now)
    } catch (error) {
      if (!(error instanceof AssentError)) throw error
      expect(() => advance(copy, event, this.now)).toThrow(AssentError)
      return
    }
    const { transaction, decided } = advanced
    const copied = advance(copy, event, this.now)
    expect(isSameJson(copied.transaction as unknown as Json, transaction as unknown as Json)).toBe(true)
    expect(copied.decided).toBe(decided)
    this.transaction = deepFreeze(transaction)
    this.noteDoneAtOnce()
    if (transaction !== before) note?.()
    this.checkStep(before, decided)
    this.check()
  }

  private callDue(): void {
    const { calls } = this.due()
    if (calls.length === 0) return
    const { parallelism } = this.transaction.options
    const before = this.transaction.branches.filter((branch) => isInFlight(branch, this.now)).length
    expect(before + calls.length).toBeLessThanOrEqual(Math.max(parallelism, before, 1))
    this.start(calls)
  }

  private start(calls: readonly { branchId?: string; op: Operation; until?: number }[]): void {
    for (const { branchId, until } of calls) {
      // Only a try may be asked for again while it is under way.
      expect(until !== undefined || !this.isUnderWay(branchId)).toBe(true)
    }
    this.happens({ type: 'called', calls })
    for (const { branchId, op, until } of calls) {
      const call = callOf(this.transaction, branchId, op)
      this.inFlight.push({ branchId, op, attempt: call.attempt, until })
      if (branchId === undefined) continue
      expect(call.url).not.toBe('')
      if (op !== undoOperation(this.transaction)) continue
      const told = { body: call.body, outcome: call.headers['assent-action-outcome'] }
      expect(told).toEqual(this.told.get(branchId) ?? told)
      this.told.set(branchId, told)
    }
  }

  private isUnderWay(branchId: string | undefined): boolean {
    return this.inFlight.some(
      (called) => called.branchId === branchId && (called.until ?? Number.POSITIVE_INFINITY) > this.now,
    )
  }

  private answerOne(value: number): void {
    const called = this.inFlight[value % Math.max(1, this.inFlight.length)]
    if (called !== undefined) this.answer(called, ENDS[(value >> 3) % ENDS.length]!, value)
  }

  private answer(called: Called, outcome: Outcome, value = 0): void {
    this.inFlight = this.inFlight.filter((other) => other !== called)
    const { branchId, op, attempt } = called
    const counts = branchId !== undefined && this.branch(branchId)?.open?.op === op
    this.note(branchId, op, outcome, counts)
    const result: Json = value % 3 === 0 ? { id: value } : [value]
    this.happens({
      type: 'answered',
      op,
      attempt,
      at: this.now,
      durationMs: 1,
      outcome,
      ...(branchId === undefined ? {} : { branchId }),
      ...(outcome === 'done' && value % 5 !== 1 ? { result } : {}),
      ...(outcome === 'done' && value % 5 === 2 ? { resultOmitted: true } : {}),
    })
  }

  /** What an outcome says about the effects, whatever the engine makes of it. */
  private note(branchId: string | undefined, op: Operation, outcome: string, counts: boolean): void {
    const branch = branchId === undefined ? undefined : this.branch(branchId)
    if (branch === undefined || branchId === undefined) return
    if (op === phaseOneOperation(this.transaction, branch)) {
      if (outcome !== 'refused') this.maybe.add(branchId)
    } else if (outcome === 'done' && counts) this.finished.add(`${branchId} ${op}`)
  }

  private holdOne(value: number): void {
    const called = this.inFlight[value % Math.max(1, this.inFlight.length)]
    if (called === undefined || called.until !== undefined) return
    this.inFlight = this.inFlight.filter((other) => other !== called)
    const { branchId, op, attempt } = called
    const reason = value % 2 === 0 ? 'CIRCUIT_OPEN' : 'DEFINITION_MISSING'
    this.happens({
      type: 'held',
      op,
      attempt,
      reason,
      retryAfterMs: value % 50,
      ...(branchId === undefined ? {} : { branchId }),
    })
  }

  private addOne(): void {
    const next = this.toCome.shift()
    if (next === undefined) return
    const { request, tried } = next
    const { branchId } = request
    try {
      const addition = { branch: request, content: branchId, tried, rules: RULES }
      this.transaction = deepFreeze(add(this.transaction, addition, this.now))
    } catch (error) {
      if (!(error instanceof AssentError)) throw error
      return
    }
    if (tried || request.drivenBy === 'application') this.maybe.add(branchId)
    this.check()
    if (tried) this.tryOnce(branchId)
  }

  private tryAgain(value: number): void {
    const tried = this.transaction.branches.filter((branch) => branch.tried)
    const branch = tried[value % Math.max(1, tried.length)]
    if (branch !== undefined) this.tryOnce(branch.request.branchId)
  }

  private tryOnce(branchId: string): void {
    const branch = this.branch(branchId)
    if (this.transaction.status !== 'PREPARED' || branch === undefined) return
    const op = phaseOneOperation(this.transaction, branch)
    const isOpen = branch.status === 'PREPARED' || branch.status === 'ONGOING'
    if (op !== undefined && isOpen) this.start([{ branchId, op, until: this.now + 30 }])
  }

  private report(value: number): void {
    const { branches, mode } = this.transaction
    const branch = branches[value % Math.max(1, branches.length)]
    if (branch === undefined) return
    const { branchId } = branch.request
    const row = MODE_ROWS[mode]
    const ops = [undefined, row.phaseOne, row.confirm, row.follow, row.undo]
    const op = ops[(value >> 3) % ops.length]
    const outcome = (value >> 5) % 3 === 0 ? 'refused' : 'done'
    const resolution = (value >> 6) % 2 === 0
    const named = op ?? phaseOneOperation(this.transaction, branch) ?? branch.op
    const counts = branch.open !== undefined && branch.open.op === named
    const event: Event = {
      type: 'reported',
      branchId,
      outcome,
      by: 'application',
      resolution,
      ...(op === undefined ? {} : { op }),
      ...(outcome === 'done' && value % 3 === 0 ? { result: { id: value } } : {}),
    }
    this.happens(event, () => {
      if (named === undefined) return
      this.note(branchId, named, outcome, counts)
      // An operator's word proves nothing.
      if (resolution && outcome === 'refused' && !this.isFinalPivot(branch)) this.maybe.add(branchId)
    })
  }

  private claim(): void {
    this.inFlight = this.inFlight.filter(({ branchId, op, until }) => {
      if (until === undefined) this.note(branchId, op, 'unknown', false)
      return until !== undefined
    })
    if (this.transaction.submitted && !isEnded(this.transaction.status)) {
      for (const branch of this.transaction.branches) {
        if (branch.drivenBy === 'coordinator' && !branch.follower) this.maybe.add(branch.request.branchId)
      }
    }
    this.happens({ type: 'claimed' })
  }

  /** Time goes on a little, or until somebody must look, or far beyond. */
  private pass(value: number): void {
    const { wakeAt } = this.due()
    if (value % 3 === 0 && wakeAt !== null && wakeAt > this.now) this.passUntil(wakeAt)
    else this.passUntil(this.now + (value % 10 === 0 ? 6_000 : value % 100))
  }

  private passUntil(time: number): void {
    this.now = Math.max(this.now, time)
    this.happens({ type: 'woken' })
    const { calls, wakeAt } = this.due()
    const isAsleep = wakeAt === null || wakeAt > this.now
    expect(isAsleep || calls.length > 0, 'whoever looked need not look again at once').toBe(true)
  }

  /** What waits for an operator only. */
  private resolve(): void {
    const waiting = this.transaction.branches.find(
      (branch) => branch.open?.attention?.reason === 'RESULT_MISSING',
    )
    if (waiting?.open === undefined) throw new Error('it waits for nothing, and has not ended')
    const { op } = waiting.open
    const { branchId } = waiting.request
    this.note(branchId, op, 'done', true)
    this.happens({ type: 'reported', branchId, op, outcome: 'done', by: 'operator', resolution: true })
  }

  private branch(branchId: string): Branch | undefined {
    return this.transaction.branches.find((branch) => branch.request.branchId === branchId)
  }

  private isFinalPivot(branch: Branch): boolean {
    return isPivotWithoutUndo(this.transaction, branch)
  }

  /** A branch with nothing to call in phase one is done without one. */
  private noteDoneAtOnce(): void {
    for (const branch of this.transaction.branches) {
      const { branchId, action = '' } = branch.request
      if (branch.phaseOneOutcome === 'done' && action === '') this.maybe.add(branchId)
    }
  }

  /** What must hold between a state and the next. */
  private checkStep(before: Transaction, decided: boolean): void {
    const after = this.transaction
    const ARROWS = {
      PREPARED: ['PREPARED', 'SUBMITTED', 'COMMITTING', 'COMMITTED', 'ABORTING', 'ABORTED'],
      SUBMITTED: ['SUBMITTED', 'COMMITTING', 'COMMITTED', 'ABORTING', 'ABORTED'],
      COMMITTING: ['COMMITTING', 'COMMITTED'],
      COMMITTED: ['COMMITTED'],
      ABORTING: ['ABORTING', 'ABORTED'],
      ABORTED: ['ABORTED'],
    }
    expect(ARROWS[before.status]).toContain(after.status)
    if (isEnded(before.status)) expect(after).toBe(before)
    if (after.status !== before.status || after.submitted !== before.submitted) expect(decided).toBe(true)
    expect(after.updatedAt).toBeGreaterThanOrEqual(before.updatedAt)
    after.branches.forEach((branch, position) => {
      const known = before.branches[position]
      if (known === undefined) return
      if (known.told !== undefined) expect(branch.told).toEqual(known.told)
      else if (branch.told !== undefined) {
        expect(decided).toBe(true)
        expect(this.isUnderWay(branch.request.branchId), 'its own call has ended').toBe(false)
        this.checkUndoOrder(position)
      }
      if (known.recorded !== true && branch.recorded === true) expect(decided).toBe(true)
      if (known.maybeDone) expect(branch.maybeDone).toBe(true)
      if (known.read && known.result === undefined && branch.result !== undefined) expect(decided).toBe(true)
    })
  }

  /** Whatever comes after a branch, directly or through others, was undone before its undo begins. */
  private checkUndoOrder(position: number): void {
    const { branches } = this.transaction
    const order = this.plannedOrder()
    branches.forEach((dependant, other) => {
      if (other === position || !withAncestors(order, order[other]!.after).has(position)) return
      expect(isInFlight(dependant, this.now)).toBe(false)
      expect(dependant.status === 'COMPENSATED' || !this.needsUndo(dependant)).toBe(true)
    })
  }

  /** What comes before each branch that is there, as the plan has it. */
  private plannedOrder(): { after: number[] }[] {
    const requests = this.transaction.branches.map(({ request }) => request)
    const pivot = requests.findIndex((request) => request.pivot === true)
    return requests.map((request, position) => {
      const named = (request.after ?? []).map((name) =>
        requests.findIndex(({ branchId }) => branchId === name),
      )
      const sequential = this.plan.options.order === 'sequential' ? [position - 1] : []
      const around =
        position === pivot ? [...requests.keys()].slice(0, pivot) : position > pivot ? [pivot] : []
      return { after: [...named, ...sequential, ...around].filter((before) => before >= 0) }
    })
  }

  private needsUndo(branch: Branch): boolean {
    if (branch.follower || this.isFinalPivot(branch) || undoOperation(this.transaction) === undefined)
      return false
    return this.maybe.has(branch.request.branchId)
  }

  /** What must hold of every state. */
  private check(): void {
    const { transaction } = this
    const next = this.due()
    const copy = JSON.parse(JSON.stringify(transaction)) as Transaction
    expect(due(copy, this.now)).toEqual(next)
    expect(() => viewOf(transaction)).not.toThrow()
    for (const { branchId, op } of next.calls) {
      const branch = branchId === undefined ? undefined : this.branch(branchId)
      if (branch === undefined) continue
      expect(op).toBe(this.operationOfPhase(branch))
      const isOwn = branch.request.drivenBy === 'application' && !branch.tried
      expect(isOwn && op === phaseOneOperation(transaction, branch)).toBe(false)
    }
    switch (transaction.status) {
      case 'COMMITTED':
        for (const branch of transaction.branches) this.checkCommitted(branch)
        break
      case 'ABORTED':
        for (const branch of transaction.branches) this.checkUndone(branch)
        break
      default:
        this.checkIsNotForgotten(next)
    }
    if (isEnded(transaction.status)) expect(attentionOf(transaction)).toBeUndefined()
  }

  /** The only operation of a branch that may be called in the present status. */
  private operationOfPhase(branch: Branch): Operation | undefined {
    if (this.transaction.status === 'SUBMITTED') return phaseOneOperation(this.transaction, branch)
    if (this.transaction.status === 'COMMITTING') return commitOperation(this.transaction, branch)
    return undoOperation(this.transaction)
  }

  private checkCommitted(branch: Branch): void {
    const op = commitOperation(this.transaction, branch)
    expect(branch.status).toBe(op === undefined ? 'SUCCEED' : 'CONFIRMED')
    if (op === undefined || operationUrl(branch.request, op) === '') return
    expect(this.finished).toContain(`${branch.request.branchId} ${op}`)
  }

  private checkUndone(branch: Branch): void {
    const undo = undoOperation(this.transaction)
    if (undo === undefined) return
    expect(branch.status === 'COMPENSATED').toBe(this.needsUndo(branch))
    if (branch.status !== 'COMPENSATED' || operationUrl(branch.request, undo) === '') return
    expect(this.finished).toContain(`${branch.request.branchId} ${undo}`)
  }

  /** It is called, or is due, or somebody looks in time; nothing waits for a report alone but what needs one. */
  private checkIsNotForgotten(next: Due): void {
    const { branches, inquiry } = this.transaction
    const isCalled =
      inquiry?.inFlight !== undefined || branches.some((branch) => isInFlight(branch, this.now))
    const isResolvable = branches.some((branch) => branch.open?.attention?.reason === 'RESULT_MISSING')
    expect(next.calls.length > 0 || next.wakeAt !== null || isCalled || isResolvable).toBe(true)
    if (next.calls.length > 0) return
    for (const time of this.appointments()) expect(next.wakeAt).toBeLessThanOrEqual(time)
  }

  /** When somebody must look at the latest, whatever is in flight (epoch milliseconds). */
  private appointments(): number[] {
    const { branches, status, deadline, options, createdAt, inquiry } = this.transaction
    const times: number[] = []
    if (status === 'PREPARED' && inquiry === undefined)
      times.push(deadline ?? createdAt + options.abandonAfterMs)
    const isPivotAsked = branches.some((branch) => branch.recorded === true)
    if (status === 'SUBMITTED' && !isPivotAsked) times.push(deadline!)
    for (const branch of branches) {
      const { open, inFlight } = branch
      if (status !== 'PREPARED' && inFlight?.until !== undefined && inFlight.until > this.now) {
        times.push(inFlight.until)
      }
      if (open === undefined || open.attention !== undefined) continue
      const mustFinish = branch.recorded === true || open.op !== phaseOneOperation(this.transaction, branch)
      if (mustFinish) times.push(open.openedAt + options.attentionAfterMs)
    }
    return times
  }
}

describe('whatever happens, in whatever order', () => {
  it(
    'all that is promised holds, and every transaction ends',
    () => {
      const ends = new Map<string, number>()
      fc.assert(
        fc.property(plans, steps, (plan, all) => {
          const world = new World(plan)
          for (const step of all) world.step(step)
          world.finish()
          const end = `${plan.mode} ${world.transaction.status}`
          ends.set(end, (ends.get(end) ?? 0) + 1)
        }),
        { numRuns: RUNS },
      )
      // Otherwise the schedules would prove little.
      for (const mode of MODES) {
        for (const status of ['COMMITTED', 'ABORTED'])
          expect(ends.get(`${mode} ${status}`)).toBeGreaterThan(0)
      }
    },
    TIMEOUT_MS,
  )
})
