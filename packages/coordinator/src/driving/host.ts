import type { Transaction } from '@assent/engine'
import type { Engine } from '../engine.ts'
import type { Incarnation } from '../ownership/incarnation.ts'
import type { StoreTime } from '../ownership/store-time.ts'
import type { Durable } from '../waiting/waits.ts'
import type { Writer } from '../writing/writer.ts'
import type { Caller } from './caller.ts'
import type { Sleeper, WakeQueue } from './wake-queue.ts'

/** A transaction that is driven, as the coordinator around it sees it. */
export interface Driven extends Sleeper {
  readonly gid: string
  readonly durable: Durable
  /** Puts its newest state into the next commit. */
  requestWrite(): void
}

/** What a driver needs of the coordinator around it. */
export interface DriverHost {
  readonly engine: Engine
  readonly incarnation: Incarnation
  readonly time: StoreTime
  readonly writer: Writer
  readonly caller: Caller
  readonly wakeQueue: WakeQueue
  readonly parkAfterMs: number
  readonly isStopping: boolean
  rideAlong(driver: Driven): void
  becameDurable(driver: Driven, before: Transaction): void
  forget(driver: Driven): void
  lost(driver: Driven): void
  wentBack(gid: string, found: number, acknowledged: number): void
  fault(what: string, error: string): void
}
