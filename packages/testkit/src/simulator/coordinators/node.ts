import { type Coordinator, type CoordinatorSettings, createCoordinator, ENGINE } from '@assent/coordinator'
import type { Transport } from '@assent/engine'
import { simulatedIdentity } from '../../coordinator/identity.ts'
import { SimulatedProcess } from '../../time/process.ts'
import type { Random } from '../../time/random.ts'
import type { Asked, Told } from '../clients/asked.ts'
import { dispatch } from '../clients/dispatch.ts'
import { SimulatedTransport } from '../network/transport.ts'
import type { Wire } from '../network/wire.ts'
import type { Plant } from '../plants/plant.ts'
import type { SimulatedBroker } from '../queue/broker.ts'
import { QueuedTransport } from '../queue/transport.ts'
import { StoreConnection } from '../store/connection.ts'
import { recorded } from '../store/recorded.ts'
import type { SimulatedTables } from '../store/tables.ts'

/**
 * How far monotonic clocks are off at their worst, as a share: from what is usual to far more than any machine's. A
 * lease has a margin of a fifth, so a clock that is slow by up to a fifth against the store's is not too slow for it.
 */
const DRIFTS = [0.001, 0.005, 0.02, 0.09]

/** How long whoever runs the processes waits for one to stop by itself. */
const STOP_MAX_MS = 20_000

/** One place where a coordinator runs: life after life, each with nothing left of the one before. */
export class CoordinatorNode {
  readonly name: string
  private readonly wire: Wire
  private readonly broker: SimulatedBroker
  private readonly tables: SimulatedTables
  private readonly settings: Partial<CoordinatorSettings>
  private readonly random: Random
  private readonly plant: Plant
  private lives = 0
  private asks = 0
  private process: SimulatedProcess | undefined
  private coordinator: Coordinator | undefined
  private isStopping = false

  constructor(parts: {
    name: string
    wire: Wire
    broker: SimulatedBroker
    tables: SimulatedTables
    settings: Partial<CoordinatorSettings>
    random: Random
    plant: Plant
  }) {
    this.name = parts.name
    this.wire = parts.wire
    this.broker = parts.broker
    this.tables = parts.tables
    this.settings = parts.settings
    this.random = parts.random
    this.plant = parts.plant
  }

  get running(): SimulatedProcess | undefined {
    return this.process?.alive === true ? this.process : undefined
  }

  /** Begins a life, unless one goes on. A process that can't open its store ends and is started again. */
  start(): void {
    if (this.running !== undefined) return
    const { wire, tables, plant } = this
    this.lives += 1
    this.isStopping = false
    const process = new SimulatedProcess(`${this.name}#${this.lives}`, wire.schedule, this.drawClocks())
    this.process = process
    const { schedule, weather, trace } = wire
    const connection = new StoreConnection({ tables, process, schedule, weather, trace })
    const identity = simulatedIdentity(process.name)
    const coordinator = createCoordinator({
      store: recorded(plant.store?.(connection, process) ?? connection, process.name, trace),
      transports: this.newTransports(process),
      clock: process,
      identity: plant.identity?.(identity) ?? identity,
      observer: { observe: (observation) => trace.add(process.name, { kind: 'observed', observation }) },
      settings: this.settings,
      engine: plant.engine?.(ENGINE) ?? ENGINE,
    })
    this.coordinator = coordinator
    trace.add(process.name, { kind: 'process', what: 'started' })
    const { application = '' } = this.settings
    trace.add(process.name, { kind: 'application', application })
    // Some are run by something that starts them again, some wait themselves.
    coordinator.open({ waitForStore: this.random.chance(0.5) }).then(
      () => trace.add(process.name, { kind: 'process', what: 'opened' }),
      () => {
        this.crash()
        this.startAfter(this.random.between(50, 500))
      },
    )
  }

  private newTransports(process: SimulatedProcess): Transport[] {
    const { wire, broker, plant } = this
    let calls = 0
    const newCallId = (): number => ++calls
    const queued = new QueuedTransport(wire, broker, process, newCallId)
    return [new SimulatedTransport(wire, process, newCallId), plant.transport?.(queued) ?? queued]
  }

  crash(): void {
    const process = this.running
    if (process === undefined) return
    process.crash()
    this.wire.trace.add(process.name, { kind: 'process', what: 'crashed' })
  }

  startAfter(ms: number): void {
    this.wire.schedule.after(ms, () => this.start())
  }

  /** A graceful stop, and a start some time behind it. One that never ends is ended. */
  stop(startAfterMs: number): void {
    const process = this.running
    const { coordinator } = this
    if (process === undefined || coordinator === undefined || this.isStopping) return
    const { schedule, trace } = this.wire
    this.isStopping = true
    trace.add(process.name, { kind: 'process', what: 'stopping' })
    const end = (): void => {
      if (!process.alive) return
      process.crash()
      trace.add(process.name, { kind: 'process', what: 'ended' })
      this.startAfter(startAfterMs)
    }
    coordinator.close().then(end, end)
    schedule.after(STOP_MAX_MS, end)
  }

  pause(ms: number, still: boolean): void {
    const process = this.running
    if (process === undefined || process.paused) return
    process.pause(still)
    this.wire.trace.add(process.name, { kind: 'process', what: 'paused' })
    this.wire.schedule.after(ms, () => this.wake(process))
  }

  private wake(process: SimulatedProcess): void {
    if (!process.alive || !process.paused) return
    process.wake()
    this.wire.trace.add(process.name, { kind: 'process', what: 'woken' })
  }

  /** A request reaches this place; `reply` may be called more than once for a stream. False: nobody is here. */
  receive(asked: Asked, reply: (told: Told) => void): boolean {
    const process = this.running
    const { coordinator } = this
    if (process === undefined || coordinator === undefined) return false
    this.asks += 1
    const ask = this.asks
    process.receive(() => {
      const { trace } = this.wire
      trace.add(process.name, { kind: 'asked', request: asked, ask })
      dispatch(coordinator, asked, (told) => {
        trace.add(process.name, { kind: 'told', request: asked, ask, answer: told })
        reply(told)
      })
    })
    return true
  }

  private drawClocks(): { rate: number; wallOffsetMs: number } {
    const { climate } = this.wire.weather
    const drift = climate.clocks * this.random.pick(DRIFTS)
    return {
      rate: this.random.between(1 - drift, 1 + drift),
      wallOffsetMs: Math.round(this.random.between(-60_000, 60_000) * climate.clocks),
    }
  }
}
