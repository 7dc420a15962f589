import { AssentError, isAssentError, type Status } from '@assent/contract'
import { columnsOf, type Event, type Transaction, type TransactionRow } from '@assent/engine'
import type { Driver } from '../driving/driver.ts'
import { needsDriver } from '../driving/drivers.ts'
import { OwnershipLost } from '../driving/ownership-lost.ts'
import { readState, writeAccepted, writeState } from '../driving/state.ts'
import { storeUnavailable, writeOnce } from '../writing/single-write.ts'
import { ask, type Context, inTime, notFound, readRow, requireAlive } from './context.ts'

/** How often a command is applied again to a transaction that others change at the same time. */
const CONFLICTS_MAX = 20

export interface Commanded {
  /** The transaction as the command left it, durable. */
  transaction: Transaction
  /** False when it was so before. */
  changed: boolean
}

/** What a command makes of a transaction; the very same value when there is nothing to do. */
export type Change = (transaction: Transaction, now: number) => Transaction

/**
 * Applies a command to a transaction, whoever drives it: read, advance, write conditionally, taking ownership
 * with the same write. Throws what `advance` throws, TRANSACTION_NOT_FOUND, STORE_UNAVAILABLE.
 */
export function command(context: Context, gid: string, event: Event): Promise<Commanded> {
  const attempt = async (): Promise<Commanded | undefined> => {
    const driver = context.drivers.get(gid)
    if (driver !== undefined) return atDriver(context, driver, () => driver.command(event))
    return applyToRow(
      context,
      gid,
      (transaction, now) => context.engine.advance(transaction, event, now).transaction,
    )
  }
  return inTime(
    context,
    context.commands.run(gid, () => repeatedly(context, gid, attempt)),
  )
}

/** Applies a change that only a transaction without a driver can take: it is still open. */
export function change(context: Context, gid: string, make: Change): Promise<Commanded> {
  const attempt = async (): Promise<Commanded | undefined> => {
    const driver = context.drivers.get(gid)
    if (driver === undefined) return applyToRow(context, gid, make)
    return atDriver(context, driver, async () => {
      const { transaction } = driver.durable
      if (make(transaction, context.time.now()) === transaction) return { transaction, changed: false }
      throw new AssentError('INVALID_STATUS_TRANSITION', `${gid} is being driven`, {
        from: transaction.status,
        to: 'PREPARED',
      })
    })
  }
  return inTime(
    context,
    context.commands.run(gid, () => repeatedly(context, gid, attempt)),
  )
}

/**
 * What a driver refuses, or finds done, it may judge by a state that another coordinator has left behind: the
 * store is asked, and where it shows a newer one the answer is undefined.
 */
async function atDriver(
  context: Context,
  driver: Driver,
  work: () => Promise<Commanded>,
): Promise<Commanded | undefined> {
  const isCurrent = async (): Promise<boolean> => {
    const row = await readRow(context, driver.gid)
    return row === undefined || context.drivers.seen(row) === driver
  }
  try {
    const commanded = await work()
    return commanded.changed || (await isCurrent()) ? commanded : undefined
  } catch (error) {
    if (!isAssentError(error) || (await isCurrent())) throw error
    return undefined
  }
}

async function repeatedly(
  context: Context,
  gid: string,
  attempt: () => Promise<Commanded | undefined>,
): Promise<Commanded> {
  for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
    requireAlive(context)
    try {
      const commanded = await attempt()
      if (commanded !== undefined) return commanded
    } catch (error) {
      if (!(error instanceof OwnershipLost)) throw error
    }
  }
  throw storeUnavailable(new Error(`${gid} changed ${CONFLICTS_MAX} times while the command was applied`))
}

/** Answers undefined on a conflict: read again. */
export async function applyToRow(
  context: Context,
  gid: string,
  make: Change,
): Promise<Commanded | undefined> {
  const row = await readRow(context, gid)
  if (row === undefined) throw await whyMissing(context, gid)
  const before = readState(row)
  const now = context.time.now()
  // Whoever drove it, or handed it over, may have called without having written down how that ended.
  const base = context.engine.advance(before, { type: 'claimed' }, now).transaction
  const after = make(base, now)
  // Finding that a deadline has passed decides too, and whoever is told of it must find it kept.
  if (after === base && after.status === before.status) return { transaction: before, changed: false }
  return keep(context, row, before, after)
}

async function keep(
  context: Context,
  row: TransactionRow,
  before: Transaction,
  after: Transaction,
): Promise<Commanded | undefined> {
  const now = context.time.now()
  requireAlive(context)
  // What was accepted is kept, however large answers have made it; only what comes to it may be too much.
  const hasGrown = after.branches.length > before.branches.length
  const owner = needsDriver(after, now) && canDrive(context, after) ? context.incarnation.id : null
  const write = {
    ...columnsOf(after, now),
    expect: row.version,
    writeId: context.incarnation.newWriteId(),
    owner,
    state: hasGrown ? writeAccepted(after) : writeState(after),
  }
  const answer = await writeOnce(context, write, () => {
    context.drivers.report(before, after)
    context.drivers.takeAsOwner(owner, after, row.version + 1)
    context.waits.publish(row.gid, { version: row.version + 1, transaction: after })
  })
  return answer.outcome === 'conflict' ? undefined : { transaction: after, changed: true }
}

/**
 * What calls an application's functions is left to the processes that have them, and what one process has no room
 * for to any: they claim it, being due.
 */
function canDrive({ drivers, settings }: Context, { application }: Transaction): boolean {
  return drivers.room > 0 && (application === '' || application === settings.application)
}

/** A swept transaction is known by its end only, which `details.status` tells. */
export async function whyMissing(context: Context, gid: string): Promise<AssentError> {
  const [tombstone] = await ask(context, (store) => store.readTombstones([gid]))
  const status: Status | undefined = tombstone?.status
  if (status === undefined) return notFound(gid)
  return new AssentError(
    'TRANSACTION_NOT_FOUND',
    `${gid} ended as ${status} and was swept after its retention; only its end is known`,
    { gid, status },
  )
}
