import type { Json, Refusal, ToldOutcome } from '@assent/contract'
import {
  type Answer,
  type Call,
  type CallId,
  decide,
  type Found,
  mayRefuse,
  originOf,
  placeOf,
  repeated,
  type StoredAnswer,
} from '@assent/participant'
import { MemoryRows } from '../../barrier/rows.ts'
import type { Random } from '../../time/random.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { Weather } from '../chaos/weather.ts'
import type { Trace } from '../facts/trace.ts'
import { type Behaviour, conduct } from './behaviour.ts'

/** What a call is answered, or that the connection broke; the caller then knows nothing. */
export type Reply = Answer | { case: 'failed'; outcome: 'unknown'; error: string }

const REFUSAL: Refusal = { code: 'NOT_POSSIBLE', message: 'the business said no' }

/** Who hears that work which went on has ended. */
export type OnCompleted = (call: CallId, ending: { outcome: 'done' | 'refused'; result?: Json }) => void

/**
 * A service with data of its own and the real barrier's decision before it. What it did is durable at the end
 * of its database transaction; a crash before that undoes it, one behind that loses the answer only.
 */
export class Participant {
  readonly name: string
  readonly rows: MemoryRows
  onCompleted: OnCompleted = () => {}
  private readonly schedule: Schedule
  private readonly weather: Weather
  private readonly random: Random
  private readonly trace: Trace
  private readonly behaviourOf: (gid: string, branchId: string) => Behaviour
  private readonly decide: typeof decide
  private isDown = false
  private life = 1

  constructor(parts: {
    name: string
    schedule: Schedule
    weather: Weather
    random: Random
    trace: Trace
    now: () => number
    behaviourOf: (gid: string, branchId: string) => Behaviour
    decide?: typeof decide
  }) {
    this.name = parts.name
    this.schedule = parts.schedule
    this.weather = parts.weather
    this.random = parts.random
    this.trace = parts.trace
    this.behaviourOf = parts.behaviourOf
    this.decide = parts.decide ?? decide
    this.rows = new MemoryRows(parts.now, (gid) => this.trace.add(this.name, { kind: 'forgotten', gid }))
  }

  get down(): boolean {
    return this.isDown
  }

  crash(): void {
    if (this.isDown) return
    this.isDown = true
    this.life += 1
    this.trace.add(this.name, { kind: 'process', what: 'crashed' })
  }

  restart(): void {
    if (!this.isDown) return
    this.isDown = false
    this.trace.add(this.name, { kind: 'process', what: 'started' })
  }

  /** A call reaches the service. `reply` is called at most once, and not at all where the service crashed. */
  receive(call: Call, reply: (reply: Reply) => void): void {
    if (this.isDown) {
      reply({ case: 'failed', outcome: 'unknown', error: 'connection refused' })
      return
    }
    const crashes = this.weather.strikes('participants', 0.06) ? this.random.pick(CRASH_POINTS) : undefined
    if (crashes === 'before the business') {
      this.crashForAWhile()
      return
    }
    this.step(this.random.between(0.1, 10), () => {
      if (crashes === 'before the commit') this.crashForAWhile()
      else {
        this.execute(call, crashes === 'before the answer' ? () => {} : reply)
        if (crashes === 'before the answer') this.crashForAWhile()
      }
    })
  }

  /** Whether this call has taken effect and said so: all that a truthful operator can vouch for. */
  hasDone(call: CallId): boolean {
    const stored = this.rows.find(call)
    return stored?.op === call.op && stored.state === 'done'
  }

  /** An operator does by hand what can't be called, through the same barrier. */
  doByHand(call: CallId): void {
    if (this.rows.find(call) !== undefined) return
    this.rows.put(call, { op: call.op, state: 'done' })
    this.handled(call, { case: 'executed', outcome: 'done' }, true)
  }

  private crashForAWhile(): void {
    this.crash()
    this.schedule.after(this.random.between(20, 3_000), () => this.restart())
  }

  /** Later in this life; a crash in between undoes it. */
  private step(ms: number, run: () => void): void {
    const { life } = this
    this.schedule.after(ms, () => {
      if (this.life === life) run()
    })
  }

  /** One database transaction: the barrier's rows, the business and its answer are kept together. */
  private execute(call: Call, reply: (reply: Reply) => void): void {
    const undone = originOf(call.op)
    const origin = undone && { ...call, op: undone }
    const originRow = origin && (this.rows.find(origin) ?? 'inserted')
    const decision = this.decide(call.op, this.rows.find(call) ?? 'inserted', originRow)
    switch (decision.next) {
      case 'leave':
        this.handled(call, decision.answer, false)
        reply(decision.answer)
        return
      case 'keep':
        if (origin !== undefined && originRow === 'inserted') this.plant(origin)
        this.rows.put(call, { op: call.op, state: 'done' })
        this.handled(call, decision.answer, false, stateOf(originRow))
        reply(decision.answer)
        return
      case 'run':
        if (origin !== undefined && originRow === 'inserted') this.plant(origin)
        this.run(call, reply)
        return
    }
  }

  private plant(origin: CallId): void {
    this.rows.put(origin, { op: origin.op, state: 'planted' })
  }

  private run(call: Call, reply: (reply: Reply) => void): void {
    const behaviour = this.behaviourOf(call.gid, call.branchId)
    const isPhaseOne = mayRefuse(call)
    const conclude = (stored: StoredAnswer, answer: Answer, took: boolean): void => {
      this.rows.put(call, stored)
      this.handled(call, answer, took)
      reply(answer)
    }
    switch (conduct(behaviour, isPhaseOne, this.weather, this.random)) {
      case 'failed':
        reply({ case: 'failed', outcome: 'unknown', error: 'answered 500' })
        return
      case 'done': {
        const result = placeOf(call.op) === 'origin' ? behaviour.result : undefined
        conclude({ op: call.op, state: 'done', result }, done(result), true)
        return
      }
      case 'ongoing':
        conclude({ op: call.op, state: 'ongoing' }, { case: 'ongoing', outcome: 'ongoing' }, false)
        this.goOn(call, behaviour)
        return
      case 'refused':
        // The business is rolled back before its refusal is kept: anything may come in between.
        this.step(this.random.between(0.1, 5), () => this.refuse(call, reply))
        return
    }
  }

  private refuse(call: Call, reply: (reply: Reply) => void): void {
    const standing = mayRefuse(call) ? this.rows.find(call) : undefined
    const answer: Answer =
      standing === undefined
        ? { case: 'refused', outcome: 'refused', refusal: REFUSAL }
        : repeated(call.op, standing)
    if (mayRefuse(call) && standing === undefined) {
      this.rows.put(call, { op: call.op, state: 'refused', refusal: REFUSAL })
    }
    this.handled(call, answer, false)
    reply(answer)
  }

  /** The service works on, and ends it in a database transaction of its own, however often it crashes. */
  private goOn(call: Call, behaviour: Behaviour): void {
    const isRefused = mayRefuse(call) && this.random.chance(behaviour.refuses)
    const end = (): void => {
      if (this.isDown) {
        this.schedule.after(this.random.between(50, 500), end)
        return
      }
      const standing = this.rows.find(call)
      if (standing?.op !== call.op || standing.state !== 'ongoing') return
      if (isRefused) {
        this.rows.put(call, { op: call.op, state: 'refused', refusal: REFUSAL })
        this.handled(call, { case: 'refused', outcome: 'refused', refusal: REFUSAL }, false)
        this.onCompleted(call, { outcome: 'refused' })
        return
      }
      const result = placeOf(call.op) === 'origin' ? behaviour.result : undefined
      this.rows.put(call, { op: call.op, state: 'done', result })
      this.handled(call, done(result), true)
      this.onCompleted(call, { outcome: 'done', ...(result === undefined ? {} : { result }) })
    }
    this.schedule.after(this.random.between(20, this.random.chance(0.7) ? 800 : 6_000), end)
  }

  private handled(
    call: CallId & { actionOutcome?: ToldOutcome },
    answer: Answer,
    took: boolean,
    origin?: string,
  ): void {
    const { gid, branchId, op, actionOutcome: told } = call
    this.trace.add(this.name, {
      kind: 'handled',
      gid,
      branchId,
      op,
      case: answer.case,
      outcome: answer.outcome,
      took,
      ...(told === undefined ? {} : { told }),
      ...(origin === undefined ? {} : { origin }),
    })
  }
}

const CRASH_POINTS = ['before the business', 'before the commit', 'before the answer'] as const

function stateOf(row: Found | undefined): string | undefined {
  return typeof row === 'object' ? row.state : row
}

function done(result: Json | undefined): Answer {
  return { case: 'executed', outcome: 'done', ...(result === undefined ? {} : { result }) }
}
