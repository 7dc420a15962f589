import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ListQuery } from '@assent/contract'
import type { Store, StorePage, TransactionWrite, WriteAnswer } from '@assent/engine'
import { assertDistinct } from '../batch.ts'
import { cursorBehind, pageOf } from '../page.ts'
import { cellsOf } from './cells.ts'
import { makeDirectory } from './directory.ts'
import { Link } from './link.ts'
import { type Lock, lockDirectory } from './lock.ts'
import { storeInvalid } from './refusals.ts'
import { writeWithin } from './within.ts'

export interface SqliteOptions {
  /** Holds `assent.db` and `assent.lock`; made where it is missing. On a local disk: network disks don't lock. */
  directory: string
  /** How large `assent.db` may become; new transactions are refused beyond. As large as the disk when absent. */
  maxBytes?: number
  /**
   * The database failed and could not be opened again. No call succeeds from then on, so a server ends its
   * process, and the next one begins with what is on the disk.
   */
  onFatal?: (error: Error) => void
  /** Starts the thread that holds the database. */
  createWorker?: (entry: URL) => Worker
}

const STORED: WriteAnswer = Object.freeze({ outcome: 'stored' })
const startWorker = (entry: URL): Worker => new Worker(entry, { name: 'assent-store' })

/**
 * Keeps transactions in one SQLite file, written through to the disk with every batch. One process owns the
 * directory; tools may read the file meanwhile. `sqlite('data')` is short for `sqlite({ directory: 'data' })`.
 */
export function sqlite(given: SqliteOptions | string): Store {
  const options = typeof given === 'string' ? { directory: given } : given
  const directory = resolve(options.directory)
  const path = join(directory, 'assent.db')
  const entry = new URL('./worker.ts', import.meta.url)
  let latest = 0
  const timeIs = (now: number): void => {
    latest = Math.max(latest, now)
  }
  const link = new Link({
    createWorker: () => (options.createWorker ?? startWorker)(entry),
    settings: (isFirst) => ({ path, maxBytes: options.maxBytes, timeFloor: latest, isFirst }),
    onFatal: (error) => options.onFatal?.(error),
  })
  let lock: Lock | undefined

  return {
    kind: 'sqlite',
    weaknesses: [],
    async open() {
      makeDirectory(directory)
      const held = lockDirectory(directory)
      try {
        await link.start()
      } catch (cause) {
        held.release()
        throw storeInvalid(path, cause)
      }
      lock = held
    },
    write: (batch) => write(link, batch),
    writeWithin,
    read: (gids) => link.call('read', gids),
    readTombstones: (gids) => link.call('readTombstones', gids),
    list: (query) => list(link, query),
    async register(incarnation, leaseMs) {
      const answer = await link.call('register', incarnation, leaseMs)
      timeIs(answer.now)
      return answer
    },
    async heartbeat(incarnation, leaseMs) {
      const answer = await link.call('heartbeat', incarnation, leaseMs)
      timeIs(answer.now)
      return answer
    },
    retire: (incarnation) => link.call('retire', incarnation),
    claim: (request) => link.call('claim', request),
    owned: (request) => link.call('owned', request),
    nextDueAt: (applications) => link.call('nextDueAt', applications),
    sweep: (request) => link.call('sweep', request),
    summary: () => link.call('summary'),
    ping: () => link.ping(),
    async close() {
      await link.stop()
      lock?.release()
      lock = undefined
    },
  }
}

async function write(link: Link, batch: readonly TransactionWrite[]): Promise<WriteAnswer[]> {
  assertDistinct(batch)
  const exceptions = await link.call('write', cellsOf(batch))
  const answers: WriteAnswer[] = new Array(batch.length).fill(STORED)
  for (const [place, answer] of exceptions ?? []) answers[place] = answer
  return answers
}

async function list(link: Link, query: ListQuery): Promise<StorePage> {
  const { rows, hasMore, totalCount } = await link.call('list', query, pageOf(query))
  const last = rows.at(-1)
  return {
    rows,
    ...(hasMore && last !== undefined && { nextCursor: cursorBehind(last) }),
    ...(totalCount !== undefined && { totalCount }),
  }
}
