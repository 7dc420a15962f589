import { AssentError, isAssentError } from '@assent/contract'
import type { AcceptanceRules, Clock, Identity, Observer, Store, TransactionRow } from '@assent/engine'
import type { Drivers } from '../driving/drivers.ts'
import type { Engine } from '../engine.ts'
import type { Incarnation } from '../ownership/incarnation.ts'
import type { Opening } from '../ownership/opening.ts'
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
  opening: Opening
  /** Commands to one transaction go one after another: a gid has at most one write in flight. */
  commands: KeyedQueue
}

/** What a store answers to someone who waits. Throws STORE_UNAVAILABLE, and what the store finds wrong with the question. */
export async function ask<Answer>(
  context: Context,
  question: (store: Store) => Promise<Answer>,
): Promise<Answer> {
  const { obstacle } = context.opening
  if (obstacle !== undefined) throw storeUnavailable(new Error(`the store is not open: ${obstacle}`))
  try {
    return await inTime(context, question(context.store))
  } catch (cause) {
    throw isAssentError(cause) ? cause : storeUnavailable(cause)
  }
}

/** The row of a transaction, or undefined. Throws STORE_UNAVAILABLE. */
export async function readRow(context: Context, gid: string): Promise<TransactionRow | undefined> {
  return (await ask(context, (store) => store.read([gid])))[0]
}

/** How long a caller waits for the store to answer, or to keep what it asked for. */
const STORE_WAIT_MAX_MS = 10_000

/**
 * The same answer, or STORE_UNAVAILABLE when it takes too long. What was asked for goes on and may still be
 * kept: the caller repeats it with the same gid.
 */
export function inTime<Answer>(context: Context, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const cancel = context.clock.after(STORE_WAIT_MAX_MS, () => {
      reject(storeUnavailable(new Error(`the store did not answer within ${STORE_WAIT_MAX_MS} ms`)))
    })
    answer.then(resolve, reject).finally(cancel)
  })
}

export function notFound(gid: string): AssentError {
  return new AssentError('TRANSACTION_NOT_FOUND', `no transaction has the gid ${JSON.stringify(gid)}`, {
    gid,
  })
}

/**
 * Nothing may be owned without a live incarnation, nor accepted while this process stops; and nobody is made to
 * wait for a store that is away. Throws STORE_UNAVAILABLE.
 */
export function requireAlive({ drivers, incarnation, opening, writer }: Context): void {
  const { obstacle } = opening
  if (obstacle !== undefined) throw storeUnavailable(new Error(`the store is not open: ${obstacle}`))
  if (drivers.isStopping) throw storeUnavailable(new Error('this coordinator is stopping'))
  if (writer.isAway) throw storeUnavailable(new Error('the store is away'))
  if (!incarnation.isAlive()) throw storeUnavailable(new Error('this coordinator has no lease'))
}
