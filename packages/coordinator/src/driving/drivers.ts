import { isEnded } from '@assent/contract'
import { type Cancel, type Clock, MODE_ROWS, type Observer, type Transaction } from '@assent/engine'
import type { Engine } from '../engine.ts'
import type { Incarnation } from '../ownership/incarnation.ts'
import type { StoreTime } from '../ownership/store-time.ts'
import type { CoordinatorSettings } from '../settings.ts'
import type { Waits } from '../waiting/waits.ts'
import type { Writer } from '../writing/writer.ts'
import type { Caller } from './caller.ts'
import { Driver } from './driver.ts'
import type { Driven, DriverHost } from './host.ts'
import { WakeQueue } from './wake-queue.ts'

/**
 * How long a change that nobody waits for may wait for a write of its transaction to ride along with. A saga
 * of ordinary length ends before, and is written twice in all.
 */
const RIDE_MAX_MS = 100

/** Every transaction that this process drives. */
export class Drivers implements DriverHost {
  readonly engine: Engine
  readonly incarnation: Incarnation
  readonly time: StoreTime
  readonly writer: Writer
  readonly caller: Caller
  readonly wakeQueue: WakeQueue
  readonly parkAfterMs: number
  isStopping = false
  /** A claim is under way. */
  isClaiming = false
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly waits: Waits
  private readonly drivenMax: number
  private readonly driven = new Map<string, Driver>()
  /** Versions that commands have written since the claim was asked for that is under way. */
  private readonly commanded = new Map<string, number>()
  private riding = new Set<Driven>()
  private cancelRide: Cancel | undefined
  private emptied: (() => void)[] = []

  constructor(parts: {
    engine: Engine
    incarnation: Incarnation
    time: StoreTime
    writer: Writer
    caller: Caller
    clock: Clock
    observer: Observer
    waits: Waits
    settings: CoordinatorSettings
  }) {
    this.engine = parts.engine
    this.incarnation = parts.incarnation
    this.time = parts.time
    this.writer = parts.writer
    this.caller = parts.caller
    this.clock = parts.clock
    this.observer = parts.observer
    this.waits = parts.waits
    this.parkAfterMs = parts.settings.parkAfterMs
    this.drivenMax = parts.settings.drivenMax
    this.wakeQueue = new WakeQueue(parts.clock, () => parts.time.now())
  }

  get size(): number {
    return this.driven.size
  }

  /** How many more may be taken up. */
  get room(): number {
    return Math.max(0, this.drivenMax - this.driven.size)
  }

  get(gid: string): Driver | undefined {
    return this.driven.get(gid)
  }

  /** The driver of a row that the store has just shown, unless the row shows that somebody else drives it. */
  seen({ gid, version }: { gid: string; version: number }): Driver | undefined {
    this.driven.get(gid)?.seen(version)
    return this.driven.get(gid)
  }

  /**
   * Drives a transaction that the store holds in this state, as ours. Undefined where what is driven already is as
   * new: there is more than one way to hear of a row, and this answer was the slower one.
   */
  take(transaction: Transaction, version: number): Driver | undefined {
    const known = this.driven.get(transaction.gid)
    if (known !== undefined && known.durable.version >= version) return undefined
    known?.drop()
    const driver = new Driver(this, transaction, version)
    this.driven.set(transaction.gid, driver)
    return driver
  }

  /**
   * Drives what was just written with this owner. When that incarnation has ended meanwhile, whoever claims
   * the orphan drives it.
   */
  takeAsOwner(owner: string | null, transaction: Transaction, version: number): void {
    if (this.isClaiming) this.commanded.set(transaction.gid, version)
    if (owner !== null && owner === this.incarnation.id) this.take(transaction, version)?.pump()
  }

  /** A claim is asked for: its answer must not bring back what commands write from here on. */
  beginClaim(): void {
    this.commanded.clear()
    this.isClaiming = true
  }

  /** What it gave is driven, or its answer got lost. */
  endClaim(): void {
    this.isClaiming = false
  }

  /** What is driven with nothing of it on its way to the store, and the versions that the store has acknowledged. */
  settledVersions(): Map<string, number> {
    const versions = new Map<string, number>()
    for (const [gid, driver] of this.driven) if (driver.isSettled) versions.set(gid, driver.durable.version)
    return versions
  }

  isSettledAt(gid: string, version: number): boolean {
    const driver = this.driven.get(gid)
    return driver?.isSettled === true && driver.durable.version === version
  }

  /** Whether a command has written a newer version than a claim's answer shows. */
  isOutdated(gid: string, version: number): boolean {
    return version < (this.commanded.get(gid) ?? 0)
  }

  rideAlong(driver: Driven): void {
    this.riding.add(driver)
    this.cancelRide ??= this.clock.after(RIDE_MAX_MS, () => {
      this.cancelRide = undefined
      const waiting = this.riding
      this.riding = new Set()
      for (const waits of waiting) waits.requestWrite()
    })
  }

  becameDurable(driver: Driven, before: Transaction): void {
    const { durable } = driver
    this.riding.delete(driver)
    this.report(before, durable.transaction)
    this.waits.publish(driver.gid, durable)
  }

  /** Says what a durable state has decided and ended; `before` is undefined for a new transaction. */
  report(before: Transaction | undefined, after: Transaction): void {
    const { gid, mode, status } = after
    const name = after.name ?? ''
    const afterMs = this.time.now() - after.createdAt
    const decision = decisionOf(after)
    if (decision !== undefined && (before === undefined || decisionOf(before) === undefined)) {
      this.observer.observe({ kind: 'decided', gid, mode, name, decision, afterMs, reason: after.reason })
    }
    if (isEnded(status) && before?.status !== status) {
      this.observer.observe({ kind: 'ended', gid, mode, name, status, afterMs })
    }
    for (const branch of after.branches) {
      const attention = branch.open?.attention
      if (attention?.since !== after.updatedAt || branch.open === undefined) continue
      const { branchId } = branch.request
      this.observer.observe({
        kind: 'attention',
        gid,
        branchId,
        op: branch.open.op,
        reason: attention.reason,
      })
    }
  }

  forget(driver: Driven): void {
    this.riding.delete(driver)
    this.wakeQueue.remove(driver)
    if (this.driven.get(driver.gid) === driver) this.driven.delete(driver.gid)
    if (this.driven.size === 0) for (const resolve of this.emptied.splice(0)) resolve()
  }

  lost(driver: Driven): void {
    this.observer.observe({ kind: 'ownership-lost', gid: driver.gid })
  }

  wentBack(gid: string, found: number, acknowledged: number): void {
    this.observer.observe({ kind: 'row-went-back', gid, found, acknowledged })
  }

  fault(what: string, error: string): void {
    this.observer.observe({ kind: 'fault', what, error })
  }

  /** This incarnation is over: nothing it drove is driven any more. */
  dropAll(): void {
    for (const driver of [...this.driven.values()]) driver.drop()
  }

  /** Graceful stop: no call starts, calls in flight get a grace, then everything is handed over. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true
    const deadline = this.clock.monotonic() + graceMs
    for (const driver of [...this.driven.values()]) if (driver.isIdle) driver.release()
    while ([...this.driven.values()].some((driver) => !driver.isIdle) && this.clock.monotonic() < deadline) {
      await new Promise<void>((resolve) => this.clock.after(STOP_LOOK_MS, resolve))
    }
    for (const driver of [...this.driven.values()]) driver.release()
    await this.empty(STOP_WRITE_MAX_MS)
    this.dropAll()
    this.cancelRide?.()
    this.wakeQueue.stop()
  }

  private empty(withinMs: number): Promise<void> {
    if (this.driven.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.clock.after(withinMs, resolve)
      this.emptied.push(() => {
        cancel()
        resolve()
      })
    })
  }
}

/** How often a stop looks whether calls in flight have ended. */
const STOP_LOOK_MS = 10
/** How long a stop waits for the store; what it can't hand over, others claim after the lease. */
const STOP_WRITE_MAX_MS = 10_000

function decisionOf(transaction: Transaction): 'commit' | 'abort' | undefined {
  switch (transaction.status) {
    case 'COMMITTING':
    case 'COMMITTED':
      return 'commit'
    case 'ABORTING':
    case 'ABORTED':
      return 'abort'
    case 'PREPARED':
    case 'SUBMITTED':
      return undefined
  }
}

/** Whether a transaction in this state has anything to do now, so that somebody must own it. */
export function needsDriver(transaction: Transaction, now: number): boolean {
  if (isEnded(transaction.status)) return false
  if (transaction.status !== 'PREPARED') return true
  return (
    MODE_ROWS[transaction.mode].query && transaction.deadline !== undefined && transaction.deadline <= now
  )
}
