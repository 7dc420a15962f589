import type { ConnectionOptions } from 'node:tls'
import { type Store, StoreUnavailable } from '@assent/engine'
import { type Connections, DEFAULT_CONNECTIONS } from '../connections.ts'
import { withDriver } from '../driver.ts'
import { Turns } from '../turns.ts'
import { claim } from './claim.ts'
import type { Database } from './database.ts'
import { heartbeat, register, retire } from './incarnations.ts'
import { list } from './list.ts'
import { nextDueAt } from './next-due.ts'
import type { Opened } from './open.ts'
import { owned } from './owned.ts'
import { ping } from './ping.ts'
import { read, readTombstones } from './read.ts'
import { summary } from './summary.ts'
import { sweep } from './sweep.ts'
import { writeWithin } from './within.ts'
import { write } from './write.ts'

export interface PostgresOptions {
  /**
   * `postgres://user:password@host:5432/database`, with special characters of a password percent-encoded. TLS by the
   * driver's parameters: `sslmode=verify-full` and, for a private authority, `sslrootcert=/path/to/ca.pem`.
   */
  url: string
  /** The schema that holds the tables, made where it is missing; `assent` when absent. Nothing else may be in it. */
  schema?: string
  connections?: Partial<Connections>
  /** What the server may keep less than it acknowledged, by name; it is refused where another weakness is found. */
  acceptedWeaknesses?: readonly string[]
  /** Makes all connections TLS; then the URL says nothing of it. */
  tls?: ConnectionOptions
}

/** Listings may have this part of the connections at once, so that what is driven always finds one. */
const LISTING_SHARE = 4
/** How long a listing waits for others to end. */
const LISTING_WAIT_MAX_MS = 15_000

/**
 * Keeps transactions in PostgreSQL, for any number of processes at once. A commit is on the server's disk when it is
 * answered; with `synchronous_standby_names` set there, on the disks of those standbys as well.
 */
export function postgres(options: PostgresOptions): Store {
  const settings = {
    url: options.url,
    tls: options.tls,
    schema: options.schema ?? 'assent',
    connections: { ...DEFAULT_CONNECTIONS, ...options.connections },
    acceptedWeaknesses: options.acceptedWeaknesses ?? [],
  }
  const listings = new Turns(
    Math.max(1, Math.floor(settings.connections.max / LISTING_SHARE)),
    LISTING_WAIT_MAX_MS,
  )
  let opened: Opened | undefined
  let latest = 0
  /** Another server with a clock that is behind may take over. */
  const onwards = <Answer extends { now: number }>(answer: Answer): Answer => {
    latest = Math.max(latest, answer.now)
    return { ...answer, now: latest }
  }
  const ask = async <Answer>(question: (database: Database) => Promise<Answer>): Promise<Answer> => {
    if (opened === undefined) throw new StoreUnavailable('the store is not open')
    const { database } = opened
    return database.during(() => question(database))
  }

  return {
    kind: 'postgres',
    get weaknesses() {
      return opened?.weaknesses ?? []
    },
    async open() {
      const { openDatabase } = await withDriver('pg', () => import('./open.ts'))
      opened ??= await openDatabase(settings)
    },
    write: (batch) => ask((database) => write(database, batch)),
    writeWithin: (within, row, incarnation) => writeWithin(settings.schema, within, row, incarnation),
    read: (gids) => ask((database) => read(database, gids)),
    readTombstones: (gids) => ask((database) => readTombstones(database, gids)),
    list: (query) => listings.take(() => ask((database) => list(database, query))),
    async register(incarnation, leaseMs) {
      return onwards(await ask((database) => register(database, incarnation, leaseMs)))
    },
    async heartbeat(incarnation, leaseMs) {
      return onwards(await ask((database) => heartbeat(database, incarnation, leaseMs)))
    },
    retire: (incarnation) => ask((database) => retire(database, incarnation)),
    claim: (request) => ask((database) => claim(database, request)),
    owned: (request) => ask((database) => owned(database, request)),
    nextDueAt: (applications) => ask((database) => nextDueAt(database, applications)),
    sweep: (request) => ask((database) => sweep(database, request)),
    summary: () => ask(summary),
    ping: () => ask(ping),
    async close() {
      const closing = opened
      opened = undefined
      await closing?.database.close()
    },
  }
}
