import type { CoordinatorSettings } from '@assent/coordinator'
import { EPOCH_MS } from '../time/process.ts'
import { Random } from '../time/random.ts'
import { Schedule } from '../time/schedule.ts'
import { ambush, type Breakable, heal, unleash } from './chaos/chaos.ts'
import { drawClimate, UNDER_WAY_MAX_MS, Weather } from './chaos/weather.ts'
import { Application, type Stage } from './clients/application.ts'
import { runClient } from './clients/client.ts'
import { drawPlan } from './clients/draw-plan.ts'
import { Line } from './clients/line.ts'
import { lookOn } from './clients/onlooker.ts'
import { operate } from './clients/operator.ts'
import type { Plan, PlannedBranch } from './clients/plan.ts'
import { CoordinatorNode } from './coordinators/node.ts'
import { Trace } from './facts/trace.ts'
import { receivedOf, toCallAnswer, type Wire } from './network/wire.ts'
import { Participant } from './participants/participant.ts'
import { keepSwept, keepSweptByAge } from './participants/sweeper.ts'
import type { Plant } from './plants/plant.ts'
import { SimulatedBroker } from './queue/broker.ts'
import type { Handler } from './queue/commands.ts'
import { SimulatedTables } from './store/tables.ts'

/** How long the trouble lasts, virtual milliseconds. */
const CHAOS_LEAST_MS = 12_000
const CHAOS_MOST_MS = 30_000
/** Once everything is healed, every transaction must end within this. */
const CALM_MAX_MS = 120_000
/** How often it is looked whether all have ended. */
const LOOK_MS = 500
/** Where all begin together, so that their writes share batches. */
const BURST_MS = 30
/** Behind the last end: what still waits to be told is told. */
const AFTERMATH_MS = 3_000

/** One simulated world: what its seed has drawn, and everything in it. */
export class World {
  readonly schedule = new Schedule()
  readonly trace = new Trace(() => this.schedule.now)
  readonly plans: ReadonlyMap<string, Plan>
  readonly tables: SimulatedTables
  private readonly weather: Weather
  private readonly broker: SimulatedBroker
  private readonly nodes: readonly CoordinatorNode[]
  private readonly participants: ReadonlyMap<string, Participant>
  private readonly applications: ReadonlyMap<string, Application>
  private readonly breakable: Breakable
  private readonly stage: Stage
  private readonly chaosMs: number
  private readonly plant: Plant
  private isOver = false

  constructor(seed: number, plant: Plant) {
    const random = new Random(seed, 'world')
    const { schedule, trace } = this
    this.plant = plant
    this.chaosMs = random.between(CHAOS_LEAST_MS, CHAOS_MOST_MS)
    const climate = drawClimate(random.fork('climate'))
    const weather = new Weather(climate, random.fork('weather'))
    this.weather = weather
    this.tables = new SimulatedTables(schedule, trace)
    const names = Array.from({ length: random.whole(2, 4) }, (_, index) => `p${index + 1}`)
    const startsWithin = random.chance(0.3) ? BURST_MS : this.chaosMs * 0.8
    this.plans = new Map(
      Array.from({ length: random.whole(3, 12) }, (_, index) => {
        const gid = `tx-${index + 1}`
        return [gid, drawPlan(gid, random.fork(gid), climate, { participants: names, startsWithin })]
      }),
    )
    const applications = new Map<string, Application>()
    this.applications = applications
    this.participants = new Map(names.map((name) => [name, this.newParticipant(name, random.fork(name))]))
    const wire: Wire = {
      schedule,
      weather,
      random: random.fork('wire'),
      trace,
      participants: this.participants,
      answerQuery: (gid) =>
        applications.get(gid)?.answerQuery() ?? {
          kind: 'answered',
          outcome: 'unknown',
          error: 'nobody asked',
        },
    }
    this.broker = newBroker(wire, random.fork('broker'))
    const settings = drawSettings(random)
    const hasApplication = random.chance(0.25)
    this.nodes = Array.from({ length: random.pick([1, 2, 2, 3, 3, 4, 5]) }, (_, index) => {
      const name = `c${index + 1}`
      const application = hasApplication && index !== 1 ? 'shop' : ''
      return new CoordinatorNode({
        name,
        wire,
        broker: this.broker,
        tables: this.tables,
        settings: { ...settings, application },
        random: random.fork(name),
        plant,
      })
    })
    const line = new Line({ nodes: this.nodes, schedule, weather, random: random.fork('line') })
    const { participants, nodes, tables, broker } = this
    this.stage = { schedule, weather, random: random.fork('clients'), trace, participants, line }
    for (const [gid, plan] of this.plans) {
      applications.set(gid, new Application(plan, { ...this.stage, random: random.fork(`client ${gid}`) }))
    }
    this.breakable = {
      schedule,
      weather,
      random: random.fork('chaos'),
      trace,
      nodes,
      participants: [...participants.values()],
      tables,
      broker,
    }
  }

  /** Runs it to its end. Resolves when all have ended, or the time in which they must is over. */
  async run(hasEnded: (gid: string) => boolean): Promise<void> {
    const { schedule } = this
    this.begin()
    await this.until(this.chaosMs)
    heal(this.breakable)
    this.trace.add('world', { kind: 'weather', what: 'it is calm' })
    await this.until(this.chaosMs + 2 * UNDER_WAY_MAX_MS + LOOK_MS)
    const limit = schedule.now + CALM_MAX_MS
    const known = (): string[] => [...this.tables.rows.keys()]
    const isSettled = (): boolean => this.broker.isDrained && known().every(hasEnded)
    while (schedule.now < limit && !isSettled()) await this.until(schedule.now + LOOK_MS)
    this.isOver = true
    await this.until(schedule.now + AFTERMATH_MS)
  }

  private until(time: number): Promise<void> {
    const { schedule } = this
    // Something happens at that time, so that it is not left before.
    schedule.at(time, () => {})
    return schedule.run(() => schedule.now >= time)
  }

  private begin(): void {
    for (const node of this.nodes) node.start()
    unleash(this.breakable, this.chaosMs)
    ambush(this.breakable)
    const now = (): number => EPOCH_MS + this.schedule.now
    const isOver = (): boolean => this.isOver
    const { sweepsByAgeMs } = this.plant
    for (const participant of this.participants.values()) {
      if (sweepsByAgeMs === undefined) void keepSwept(participant, this.stage.line, now, isOver)
      else void keepSweptByAge(participant, this.stage.line, now, isOver, sweepsByAgeMs)
    }
    void operate(this.applications, this.stage, isOver)
    for (const [gid, application] of this.applications) {
      const stage = { ...this.stage, random: this.stage.random.fork(`stage ${gid}`) }
      this.schedule.at(application.plan.startsAt, () => {
        void runClient(application, stage)
        void lookOn(application, stage)
      })
    }
  }

  /** The scheme by which a branch is called. */
  private wayOf(gid: string, branchId: string): string {
    const { request } = this.branchOf(gid, branchId)
    const url = request.action || request.confirm || request.commit || ''
    return url.slice(0, url.indexOf(':') + 1)
  }

  private branchOf(gid: string, branchId: string): PlannedBranch {
    const branch = this.plans.get(gid)?.branches.find((planned) => planned.request.branchId === branchId)
    if (branch === undefined) throw new Error(`nobody planned ${branchId} of ${gid}`)
    return branch
  }

  private newParticipant(name: string, random: Random): Participant {
    const participant = new Participant({
      name,
      schedule: this.schedule,
      weather: this.weather,
      random,
      trace: this.trace,
      now: () => EPOCH_MS + this.schedule.now,
      behaviourOf: (gid, branchId) => this.branchOf(gid, branchId).behaviour,
      ...(this.plant.decide === undefined ? {} : { decide: this.plant.decide }),
    })
    participant.onCompleted = ({ gid, branchId, op }, { outcome, result }) => {
      // Some services tell the end of what they went on with; the others are asked again.
      if (!random.chance(0.5)) return
      const said = { outcome, ...(result === undefined ? {} : { result }) }
      if (random.chance(this.wayOf(gid, branchId) === 'queue:' ? 0.7 : 0)) {
        this.broker.tell({ gid, branchId, op, said: { kind: 'answered', ...said } })
      } else void this.stage.line.settle({ what: 'report', request: { gid, branchId, op, ...said } }, 2_000)
    }
    return participant
  }
}

/** A broker through which every participant, and the application that sends messages, can be called. */
function newBroker(wire: Wire, random: Random): SimulatedBroker {
  const handlers = new Map<string, Handler>()
  for (const [name, participant] of wire.participants) {
    handlers.set(name, (call, reply) => {
      if (participant.down) return false
      participant.receive(receivedOf(call), (replied) => reply(toCallAnswer(replied)))
      return true
    })
  }
  handlers.set('application', ({ gid }, reply) => {
    reply(wire.answerQuery(gid))
    return true
  })
  return new SimulatedBroker({ ...wire, random }, handlers)
}

function drawSettings(random: Random): Partial<CoordinatorSettings> {
  return {
    leaseMs: random.pick([1_500, 2_500, 4_000]),
    claimIntervalMs: random.pick([300, 600, 1_000]),
    auditIntervalMs: random.pick([400, 2_000, 10_000]),
    drivenMax: random.chance(0.15) ? 3 : 1_000,
    parkAfterMs: random.pick([150, 800, 3_000]),
    retentionMs: random.pick([5_000, 25_000, 86_400_000]),
    tombstoneMs: 86_400_000,
    stopGraceMs: random.pick([50, 600, 2_000]),
  }
}
