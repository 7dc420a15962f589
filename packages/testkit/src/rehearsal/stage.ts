import type { Given } from '@assent/client'
import { isEnded, type Status } from '@assent/contract'
import type { CoordinatorSettings } from '@assent/coordinator'
import type { Store, TransactionWrite } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { type LocalFunction, type LocalFunctions, type LocalRequest, local } from '@assent/transport/local'
import { CrashableCoordinator } from '../coordinator/coordinator.ts'
import { EPOCH_MS, SimulatedProcess } from '../time/process.ts'
import { Schedule } from '../time/schedule.ts'
import type { Fault, TurningPoint } from './fault.ts'
import { type Arrived, Network } from './network.ts'
import type { Probe, RehearsedCall, RunFault } from './probe.ts'
import type { Happening } from './timeline.ts'
import { Trouble } from './trouble.ts'

const HOUR_MS = 3_600_000
/** How long a coordinator is down that has crashed. */
const DOWN_MS = 100

/** One coordinator, which keeps what it drives: nothing is parked, and no lease runs out. */
const SETTINGS: Partial<CoordinatorSettings> = {
  leaseMs: 16 * HOUR_MS,
  claimIntervalMs: 2 * HOUR_MS,
  auditIntervalMs: 2 * HOUR_MS,
  parkAfterMs: 2 * HOUR_MS,
}

const RIGHT_CLOCKS = { rate: 1, wallOffsetMs: 0 }

export interface StageParts {
  /** The steps, probed; by the names under which the coordinator calls them. */
  functions: LocalFunctions
  faults: readonly Fault[]
  /** How long a step that falls silent is silent. */
  silenceMs: number
  /** A life of the coordinator is at work. */
  onUp?(): void
  /** What the coordinator asks a person for. */
  onAttention?(what: string): void
}

/** Virtual time, a production coordinator in it with its store, and the steps behind a network that plays the faults. */
export class Stage implements Probe {
  readonly schedule = new Schedule()
  readonly store: Store
  readonly coordinator: CrashableCoordinator
  readonly network: Network
  readonly calls: RehearsedCall[] = []
  readonly happenings: Happening[] = []
  private readonly parts: StageParts
  private readonly trouble: Trouble
  /** Each run of a function has a signal of its own, by which it is known what brought it about. */
  private readonly arrivals = new WeakMap<AbortSignal, Arrived>()
  private arriving: Arrived | undefined
  private readonly statuses = new Map<string, Status>()

  constructor(parts: StageParts) {
    const { schedule } = this
    this.parts = parts
    this.trouble = new Trouble(parts.faults)
    this.store = memory({ now: () => EPOCH_MS + this.now })
    const services = new SimulatedProcess('services', schedule, RIGHT_CLOCKS)
    const functions = local(this.outside(parts.functions), { clock: services })
    this.network = new Network({
      schedule,
      trouble: this.trouble,
      silenceMs: parts.silenceMs,
      hand: (call, signal, arrived) => {
        this.arriving = arrived
        return functions.call(call, signal)
      },
      crash: (why) => this.crash(why),
      abort: (gid) => this.abort(gid),
      note: (who, what) => this.note(who, what),
    })
    this.coordinator = new CrashableCoordinator({
      schedule,
      store: this.store,
      transports: (process) => [this.network.transport(process)],
      watch: { before: (write) => this.beforeWrite(write), behind: (write) => this.behindWrite(write) },
      settings: SETTINGS,
      observe: (observation) => {
        if (observation.kind !== 'attention') return
        const { branchId, op, reason } = observation
        const what = `${op}${branchId === undefined ? '' : ` of ${branchId}`}: ${reason}`
        this.note('coordinator', `asks for a person: ${what}`)
        parts.onAttention?.(what)
      },
    })
  }

  /** Virtual milliseconds since it began. */
  get now(): number {
    return Math.floor(this.schedule.now)
  }

  /** What had no occasion to go wrong so far. */
  get faultsLeft(): readonly Fault[] {
    return this.trouble.left
  }

  /** As it is durable; undefined where nothing was accepted. */
  statusOf(gid: string): Status | undefined {
    return this.statuses.get(gid)
  }

  hasEnded(gid: string): boolean {
    const status = this.statuses.get(gid)
    return status !== undefined && isEnded(status)
  }

  begin(): void {
    void this.coordinator.start().then(() => this.parts.onUp?.())
  }

  /** The coordinator crashes now, and starts again a little later. */
  crash(why: string): void {
    if (!this.coordinator.isUp) return
    this.note('coordinator', `crashes ${why}`)
    this.coordinator.crash()
    this.schedule.after(DOWN_MS, () => {
      this.note('coordinator', 'starts again')
      this.begin()
    })
  }

  note(who: string, what: string): void {
    this.happenings.push({ at: this.now, who, what })
  }

  faultOf({ signal }: Given): RunFault | undefined {
    return this.arrivals.get(signal)?.fault
  }

  ran({ signal }: Given, call: RehearsedCall): void {
    const arrived = this.arrivals.get(signal)
    if (arrived !== undefined) arrived.isRun = true
    this.calls.push(call)
  }

  private abort(gid: string): void {
    const { present } = this.coordinator
    if (present === undefined) return
    this.note('caller', 'aborts')
    // What is decided already can't be aborted, and says so.
    present.abort({ gid }).catch(() => {})
  }

  private beforeWrite(write: TransactionWrite): void {
    if (this.decides(write)) this.turn('before-decision', write.gid)
    if (this.ends(write)) this.turn('before-end', write.gid)
  }

  private behindWrite(write: TransactionWrite): void {
    const { gid, status } = write
    const isDecision = this.decides(write)
    const isEnd = this.ends(write)
    const isNew = !this.statuses.has(gid)
    this.statuses.set(gid, status)
    if (isDecision && !isEnd) this.note('coordinator', isCommit(status) ? 'commits' : 'aborts')
    if (isEnd) {
      this.note('coordinator', status)
      this.network.ended(gid)
    }
    if (isNew) this.turn('after-accept', gid)
    if (isDecision) this.turn('after-decision', gid)
    if (isEnd) this.turn('after-end', gid)
  }

  private decides({ gid, status }: TransactionWrite): boolean {
    const before = this.statuses.get(gid)
    return isDecided(status) && (before === undefined || !isDecided(before))
  }

  private ends({ gid, status }: TransactionWrite): boolean {
    return isEnded(status) && !this.hasEnded(gid)
  }

  private turn(point: TurningPoint, gid: string): void {
    if (this.trouble.atTurn('abort', point)) this.schedule.after(0, () => this.abort(gid))
    if (this.trouble.atTurn('crash', point)) this.crash(TURNS[point])
  }

  /** Time stands still while a function is at work. */
  private outside(functions: LocalFunctions): LocalFunctions {
    return {
      get: (name) => {
        const run = functions.get(name)
        return run && ((request) => this.schedule.outside(this.run(run, request)))
      },
    }
  }

  private async run(run: LocalFunction, request: LocalRequest): Promise<Awaited<ReturnType<LocalFunction>>> {
    // Begun by the arrival itself, with nothing in between.
    if (this.arriving !== undefined) this.arrivals.set(request.signal, this.arriving)
    return run(request)
  }
}

const TURNS: Readonly<Record<TurningPoint, string>> = {
  'after-accept': 'when it has accepted the transaction',
  'before-decision': 'before its decision is kept',
  'after-decision': 'when its decision is kept',
  'before-end': 'before the end is kept',
  'after-end': 'when the end is kept',
}

function isDecided(status: Status): boolean {
  return status !== 'PREPARED' && status !== 'SUBMITTED'
}

function isCommit(status: Status): boolean {
  return status === 'COMMITTING' || status === 'COMMITTED'
}
