import {
  type CancelSignal,
  type DurableState,
  isAssentError,
  type ListQuery,
  type TransactionApi,
} from '@assent/contract'
import type { Clock, Identity, Observer, Store, Transport } from '@assent/engine'
import { Caller } from './driving/caller.ts'
import { Drivers } from './driving/drivers.ts'
import { ENGINE, type Engine } from './engine.ts'
import { Incarnation } from './ownership/incarnation.ts'
import { StoreTime } from './ownership/store-time.ts'
import { type CoordinatorSettings, DEFAULT_SETTINGS } from './settings.ts'
import { systemClock } from './system/clock.ts'
import { systemIdentity } from './system/identity.ts'
import * as branches from './transactions/branches.ts'
import type { Context } from './transactions/context.ts'
import { KeyedQueue } from './transactions/keyed-queue.ts'
import * as reading from './transactions/read.ts'
import * as submitting from './transactions/submit.ts'
import { Claims } from './upkeep/claims.ts'
import { Retention } from './upkeep/retention.ts'
import { Waits } from './waiting/waits.ts'
import { Writer } from './writing/writer.ts'

/** What a coordinator is made of; what is absent is the machine's own. */
export interface CoordinatorParts {
  store: Store
  transports: readonly Transport[]
  clock?: Clock
  identity?: Identity
  observer?: Observer
  settings?: Partial<CoordinatorSettings>
  engine?: Engine
}

/** How a coordinator is doing, for operators. */
export interface CoordinatorState {
  /** '' while it has no lease. */
  incarnation: string
  /** Transactions that it drives now. */
  driving: number
}

/** Drives transactions to their end on one store. */
export interface Coordinator extends TransactionApi {
  /** Opens the store, begins an incarnation and takes up what is left. */
  open(): Promise<void>
  /** Hands over what is driven and closes the store and the transports. */
  close(): Promise<void>
  state(): CoordinatorState
}

const SILENT: Observer = { observe: () => {} }

export function createCoordinator(parts: CoordinatorParts): Coordinator {
  const { store, transports } = parts
  const clock = parts.clock ?? systemClock
  const identity = parts.identity ?? systemIdentity
  const observer = parts.observer ?? SILENT
  const settings = { ...DEFAULT_SETTINGS, ...parts.settings }
  const engine = parts.engine ?? ENGINE
  const time = new StoreTime(clock)
  const incarnation: Incarnation = new Incarnation({
    store,
    clock,
    identity,
    observer,
    time,
    leaseMs: settings.leaseMs,
    onLost: () => drivers.dropAll(),
  })
  const writer = new Writer(store, clock, observer)
  const caller = new Caller(transports, clock, observer, () => time.now())
  const isDriven = (gid: string): boolean => drivers.get(gid) !== undefined
  const waits = new Waits({ store, clock, observer, isDriven })
  const drivers: Drivers = new Drivers({
    engine,
    incarnation,
    time,
    writer,
    caller,
    clock,
    observer,
    waits,
    settings,
  })
  const rules = { schemes: caller.schemes, allows: settings.allows }
  const context: Context = {
    engine,
    store,
    writer,
    drivers,
    waits,
    incarnation,
    time,
    identity,
    observer,
    settings,
    rules,
    clock,
    commands: new KeyedQueue(),
  }
  const claims = new Claims(context, clock)
  const retention = new Retention(context, clock)
  return {
    ...useCases(context, caller),
    async open() {
      await store.open()
      await incarnation.begin()
      claims.begin()
      retention.begin()
    },
    async close() {
      claims.stop()
      retention.stop()
      await drivers.stop(settings.stopGraceMs)
      waits.close()
      await writer.settled()
      await incarnation.stop()
      await caller.close()
      await store.close()
    },
    state: () => ({ incarnation: incarnation.id, driving: drivers.size }),
  }
}

/** Every command is reported with who asked, what for and how it ended. */
async function audited<Answer>(
  context: Context,
  what: { command: string; gid: string; actor?: string },
  command: () => Promise<Answer>,
): Promise<Answer> {
  const { gid, actor = '' } = what
  try {
    const answer = await command()
    const ended = answer as { gid?: string; status?: string }
    const result = ended.status ?? 'ok'
    context.observer.observe({ kind: 'command', command: what.command, gid: ended.gid ?? gid, actor, result })
    return answer
  } catch (error) {
    const result = isAssentError(error) ? error.code : 'INTERNAL'
    context.observer.observe({ kind: 'command', command: what.command, gid, actor, result })
    throw error
  }
}

function useCases(context: Context, caller: Caller): TransactionApi {
  return {
    start: ({ actor, ...request }) =>
      audited(context, { command: 'start', gid: request.gid ?? '', actor }, async () =>
        submitting.start(context, request),
      ),
    run: ({ actor, waitMs, ...request }) =>
      audited(context, { command: 'run', gid: request.gid ?? '', actor }, async () =>
        submitting.run(context, request, waitMs),
      ),
    addBranch: ({ gid, branch, actor }) =>
      audited(context, { command: 'branch/add', gid, actor }, () => branches.addBranch(context, gid, branch)),
    tryBranch: ({ gid, branch, actor }) =>
      audited(context, { command: 'branch/try', gid, actor }, () =>
        branches.tryBranch(context, caller, gid, branch),
      ),
    confirmBranch: ({ gid, branchId, actor }) =>
      audited(context, { command: 'branch/confirm', gid, actor }, () =>
        branches.decideByBranch(context, gid, branchId, 'confirm'),
      ),
    cancelBranch: ({ gid, branchId, actor }) =>
      audited(context, { command: 'branch/cancel', gid, actor }, () =>
        branches.decideByBranch(context, gid, branchId, 'cancel'),
      ),
    reportBranch: (report) =>
      audited(context, { command: `branch/${report.outcome}`, gid: report.gid, actor: report.actor }, () =>
        branches.reportBranch(context, report),
      ),
    submit: ({ gid, waitMs, actor }) =>
      audited(context, { command: 'submit', gid, actor }, () => submitting.submit(context, gid, waitMs)),
    abort: ({ gid, reason, waitMs, actor }) =>
      audited(context, { command: 'abort', gid, actor }, () =>
        submitting.abort(context, gid, reason, waitMs),
      ),
    retry: ({ gid, branchId, actor }) =>
      audited(context, { command: 'retry', gid, actor }, () => submitting.retry(context, gid, branchId)),
    resolve: (resolution) =>
      audited(context, { command: 'resolve', gid: resolution.gid, actor: resolution.actor }, () =>
        submitting.resolve(context, resolution),
      ),
    get: ({ gid, waitMs }) => reading.get(context, gid, waitMs),
    list: (query: ListQuery) => reading.list(context, query),
    ended: (gids) => reading.ended(context, gids),
    events: (request: { gid: string; after?: number; signal?: CancelSignal }): AsyncIterable<DurableState> =>
      reading.events(context, request),
    newGid: () => context.identity.newGid(context.time.now()),
  }
}
