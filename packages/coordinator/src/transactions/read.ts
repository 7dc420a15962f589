import {
  type CancelSignal,
  type DurableState,
  ENDED_GIDS_MAX,
  type EndedAnswer,
  invalidRequest,
  isEnded,
  type ListQuery,
  type TransactionPage,
  type TransactionView,
} from '@assent/contract'
import { viewOf } from '@assent/engine'
import { readState } from '../driving/state.ts'
import type { Durable } from '../waiting/waits.ts'
import { whyMissing } from './command.ts'
import { ask, type Context, readRow } from './context.ts'

/**
 * The durable state of a transaction, whoever drives it: another coordinator may have taken over what is driven
 * here. Throws TRANSACTION_NOT_FOUND, STORE_UNAVAILABLE.
 */
export async function durableOf(context: Context, gid: string): Promise<Durable> {
  const row = await readRow(context, gid)
  if (row === undefined) throw await whyMissing(context, gid)
  const driver = context.drivers.seen(row)
  if (driver !== undefined && driver.durable.version > row.version) return driver.durable
  return { version: row.version, transaction: readState(row) }
}

export async function get(
  context: Context,
  gid: string,
  waitMs: number | undefined,
): Promise<TransactionView> {
  const now = await durableOf(context, gid)
  if (isEnded(now.transaction.status) || waitMs === undefined || waitMs <= 0) return viewOf(now.transaction)
  const ended = await context.waits.end(gid, waitMs)
  return viewOf((ended ?? (await durableOf(context, gid))).transaction)
}

export async function list(context: Context, query: ListQuery): Promise<TransactionPage> {
  const page = await ask(context, (store) => store.list(query))
  const transactions: TransactionView[] = []
  for (const row of page.rows) transactions.push(viewOf(readState(row)))
  return {
    transactions,
    ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }),
    ...(page.totalCount === undefined ? {} : { totalCount: page.totalCount }),
  }
}

/** Which of these have ended, and which nobody knows; the rest is under way. */
export async function ended(context: Context, gids: readonly string[]): Promise<EndedAnswer> {
  if (gids.length > ENDED_GIDS_MAX) {
    throw invalidRequest([{ path: 'gids', problem: `are ${gids.length}, at most ${ENDED_GIDS_MAX} may be` }])
  }
  const rows = await ask(context, (store) => store.read(gids))
  const missing = gids.filter((_, index) => rows[index] === undefined)
  const tombstones = missing.length === 0 ? [] : await ask(context, (store) => store.readTombstones(missing))
  const answer = { ended: [] as EndedAnswer['ended'][number][], unknown: [] as string[] }
  for (const row of rows) {
    if (row === undefined || !isEnded(row.status)) continue
    answer.ended.push({ gid: row.gid, status: row.status, endedAt: row.endedAt ?? row.updatedAt })
  }
  missing.forEach((gid, index) => {
    const tombstone = tombstones[index]
    if (tombstone === undefined) answer.unknown.push(gid)
    else answer.ended.push({ gid, status: tombstone.status, endedAt: tombstone.endedAt })
  })
  return answer
}

/**
 * Durable states, newest only, until the end. Throws TRANSACTION_NOT_FOUND before the first, and where it ended and was
 * swept before this process saw that.
 */
export async function* events(
  context: Context,
  request: { gid: string; after?: number; signal?: CancelSignal },
): AsyncGenerator<DurableState> {
  const { gid, signal } = request
  const feed = new Feed()
  const cancelListener = context.waits.listen(gid, (durable) => feed.offer(durable))
  const onAbort = (): void => feed.wake()
  signal?.addEventListener('abort', onAbort)
  try {
    feed.offer(await durableOf(context, gid))
    for (let seen = request.after ?? 0; ; ) {
      const durable = await feed.newerThan(seen, signal)
      if (durable === 'gone') throw await whyMissing(context, gid)
      if (durable === undefined) return
      seen = Math.max(seen, durable.version)
      yield { version: durable.version, transaction: viewOf(durable.transaction) }
      if (isEnded(durable.transaction.status)) return
    }
  } finally {
    cancelListener()
    signal?.removeEventListener('abort', onAbort)
  }
}

/** The newest durable state that was heard of; older ones that nobody took are skipped. */
class Feed {
  private newest: Durable | undefined
  private hasEnded = false
  private isGone = false
  private waiting: () => void = () => {}

  offer(durable: Durable | undefined): void {
    if (durable === undefined) {
      this.isGone = true
      this.wake()
      return
    }
    const isNewer = this.newest === undefined || durable.version > this.newest.version
    // The end is news under any number: a row that a weak store set back counts up to its old version again.
    const isEnd = !this.hasEnded && isEnded(durable.transaction.status)
    if (isNewer || isEnd) this.newest = durable
    this.hasEnded ||= isEnd
    this.wake()
  }

  wake(): void {
    this.waiting()
  }

  /** Undefined when the reader went away, or when the end was seen before. */
  async newerThan(seen: number, signal: CancelSignal | undefined): Promise<Durable | 'gone' | undefined> {
    for (let isFirst = true; ; isFirst = false) {
      if (signal?.aborted === true) return undefined
      const { newest } = this
      if (newest !== undefined && newest.version > seen) return newest
      // A reader that came with the number of the end has seen it; one that was here meanwhile has not.
      if (this.hasEnded) return isFirst ? undefined : newest
      if (this.isGone) return 'gone'
      await new Promise<void>((resolve) => {
        this.waiting = resolve
      })
    }
  }
}
