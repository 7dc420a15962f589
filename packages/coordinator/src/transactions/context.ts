import { AssentError } from '@assent/contract'
import type { AcceptanceRules, Clock, Identity, Observer, Store, TransactionRow } from '@assent/engine'
import type { Drivers } from '../driving/drivers.ts'
import type { Engine } from '../engine.ts'
import type { Incarnation } from '../ownership/incarnation.ts'
import type { StoreTime } from '../ownership/store-time.ts'
import type { CoordinatorSettings } from '../settings.ts'
import type { Waits } from '../waiting/waits.ts'
import { storeUnavailable } from '../writing/single-write.ts'
import type { Writer } from '../writing/writer.ts'
import type { KeyedQueue } from './keyed-queue.ts'

/** What the use cases work with. */
export interface Context {
  engine: Engine
  store: Store
  writer: Writer
  drivers: Drivers
  waits: Waits
  incarnation: Incarnation
  time: StoreTime
  identity: Identity
  observer: Observer
  settings: CoordinatorSettings
  rules: AcceptanceRules
  clock: Clock
  /** Commands to one transaction go one after another: a gid has at most one write in flight. */
  commands: KeyedQueue
}

/** The row of a transaction, or undefined. Throws STORE_UNAVAILABLE. */
export async function readRow(context: Context, gid: string): Promise<TransactionRow | undefined> {
  try {
    return (await context.store.read([gid]))[0]
  } catch (cause) {
    throw storeUnavailable(cause)
  }
}

/** How long a caller waits for the store to keep what it asked for. */
const KEEP_WAIT_MAX_MS = 10_000

/**
 * The same answer, or STORE_UNAVAILABLE when it takes too long. What was asked for goes on and may still be
 * kept: the caller repeats it with the same gid.
 */
export function inTime<Answer>(context: Context, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const cancel = context.clock.after(KEEP_WAIT_MAX_MS, () => {
      reject(storeUnavailable(new Error(`the store did not answer within ${KEEP_WAIT_MAX_MS} ms`)))
    })
    answer.then(resolve, reject).finally(cancel)
  })
}

export function notFound(gid: string): AssentError {
  return new AssentError('TRANSACTION_NOT_FOUND', `no transaction has the gid ${JSON.stringify(gid)}`, {
    gid,
  })
}

/** Nothing may be owned without a live incarnation, nor accepted while this process stops. */
export function requireAlive(context: Context): void {
  if (!context.drivers.isStopping && context.incarnation.isAlive()) return
  throw storeUnavailable(
    new Error(context.drivers.isStopping ? 'this coordinator is stopping' : 'this coordinator has no lease'),
  )
}
