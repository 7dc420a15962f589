import type { Accepted, Caller as Asker, RunRequest, TransactionApi } from '@assent/contract'
import type { Clock, Identity, Observer, OpenTransaction, Store, Transport } from '@assent/engine'
import { Caller } from './driving/caller.ts'
import { Drivers } from './driving/drivers.ts'
import { ENGINE, type Engine } from './engine.ts'
import { Incarnation } from './ownership/incarnation.ts'
import { Opening } from './ownership/opening.ts'
import { StoreTime } from './ownership/store-time.ts'
import { type CoordinatorSettings, DEFAULT_SETTINGS } from './settings.ts'
import { systemClock } from './system/clock.ts'
import { systemIdentity } from './system/identity.ts'
import { answersOf } from './transactions/answers.ts'
import type { Context } from './transactions/context.ts'
import { KeyedQueue } from './transactions/keyed-queue.ts'
import { audited, useCases } from './transactions/use-cases.ts'
import { startWithin } from './transactions/within.ts'
import { createUpkeep } from './upkeep/upkeep.ts'
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
  /** Why it waits for its store, in words; absent once the store was open and work began. */
  waitingForStore?: string
}

/** Drives transactions to their end on one store. */
export interface Coordinator extends TransactionApi {
  /**
   * Opens the store, begins an incarnation and takes up what is left. Throws AssentError STORE_IN_USE,
   * STORE_INVALID, and STORE_UNAVAILABLE where the store can't be reached now.
   *
   * With `waitForStore` a store that can't be reached rejects nothing: this resolves, whatever is asked is
   * answered STORE_UNAVAILABLE at once, `state()` says why, and the store is tried again, once a second at most,
   * until it is there and work begins by itself. A store that is open and goes away later is waited for anyway.
   * `onRefused` hears what else it throws once it can be reached, STORE_INVALID for one: that takes an operator, so
   * a server ends. Whoever goes on has the store tried again all the same.
   */
  open(options?: { waitForStore?: boolean; onRefused?: (error: Error) => void }): Promise<void>
  /**
   * The same as `run`, written through a database transaction that the caller has open in the store's own database:
   * accepted if and only if that one commits, as durable as its commit, and driven soon after. Its `timeoutToFailMs`
   * runs from then. Nothing is known of the gid before: `get` answers TRANSACTION_NOT_FOUND.
   *
   * Throws INVALID_REQUEST where the store is of another kind or `within` leads elsewhere, CONFLICT and
   * PAYLOAD_TOO_LARGE, with nothing written and the database transaction as it was; and what that one itself throws.
   */
  startWithin(request: RunRequest & Asker, within: OpenTransaction): Promise<Accepted>
  /** Hands over what is driven and closes the store and the transports. */
  close(): Promise<void>
  state(): CoordinatorState
}

/** How long a stop waits for writes that are under way; what they leave undone others claim. */
const STOP_WRITE_MAX_MS = 5_000

const SILENT: Observer = { observe: () => {} }

/** What watches must not stop what it watches. */
function harmless(observer: Observer): Observer {
  return {
    observe(observation) {
      try {
        observer.observe(observation)
      } catch (error) {
        console.error(`an observer failed at ${observation.kind}:`, error)
      }
    },
  }
}

export function createCoordinator(parts: CoordinatorParts): Coordinator {
  const { context, caller } = assemble(parts)
  const { clock, drivers, incarnation, opening, settings, waits, writer } = context
  const upkeep = createUpkeep(context, clock)
  const begin = async (): Promise<void> => {
    await incarnation.begin()
    upkeep.begin()
    caller.receive(answersOf(context))
  }
  return {
    ...useCases(context, caller),
    async startWithin({ actor, ...request }, within) {
      const accepted = await audited(context, { command: 'start', gid: request.gid ?? '', actor }, () =>
        startWithin(context, request, within),
      )
      upkeep.expect()
      return accepted
    },
    open: ({ waitForStore = false, onRefused } = {}) => opening.open(begin, waitForStore, onRefused),
    async close() {
      await opening.stop()
      upkeep.stop()
      await drivers.stop(settings.stopGraceMs)
      waits.close()
      await writer.stop(STOP_WRITE_MAX_MS)
      await incarnation.stop()
      await caller.close()
      await opening.close()
    },
    state() {
      const { obstacle } = opening
      const state = { incarnation: incarnation.id, driving: drivers.size }
      return obstacle === undefined ? state : { ...state, waitingForStore: obstacle }
    },
  }
}

function assemble(parts: CoordinatorParts): { context: Context; caller: Caller } {
  const { store, transports } = parts
  const clock = parts.clock ?? systemClock
  const identity = parts.identity ?? systemIdentity
  const observer = parts.observer === undefined ? SILENT : harmless(parts.observer)
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
  const waits = new Waits({ store, clock, observer, isDriven, seen: (row) => void drivers.seen(row) })
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
  const opening = new Opening(store, clock, observer)
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
    opening,
    commands: new KeyedQueue(),
  }
  return { context, caller }
}
