import type { ConnectionOptions } from 'node:tls'
import { type Store, StoreUnavailable } from '@assent/engine'
import { type Connections, DEFAULT_CONNECTIONS } from '../connections.ts'
import { Turns } from '../turns.ts'
import { claim, nextDueAt } from './claim.ts'
import type { Database } from './database.ts'
import { heartbeat, register, retire } from './incarnations.ts'
import { list } from './list.ts'
import { type Opened, openDatabase } from './open.ts'
import { owned } from './owned.ts'
import { ping } from './ping.ts'
import { read, readTombstones } from './read.ts'
import { summary } from './summary.ts'
import { sweep } from './sweep.ts'
import { writeWithin } from './within.ts'
import { write } from './write.ts'

export interface MysqlOptions {
  /**
   * `mysql://user:password@host:3306/database`, or `mariadb://`, with special characters of a password percent-encoded.
   * The database holds our tables, beside whatever else is in it. With `?ssl-mode=VERIFY_IDENTITY` it is TLS.
   */
  url: string
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
 * Keeps transactions in a database of MySQL 8 or MariaDB 10.6, in tables whose names begin with `assent_`. Any number of
 * coordinators may share it.
 */
export function mysql(options: MysqlOptions): Store {
  const settings = {
    url: options.url,
    tls: options.tls,
    connections: { ...DEFAULT_CONNECTIONS, ...options.connections },
    acceptedWeaknesses: options.acceptedWeaknesses ?? [],
  }
  const listings = new Turns(
    Math.max(1, Math.floor(settings.connections.max / LISTING_SHARE)),
    LISTING_WAIT_MAX_MS,
  )
  let opened: Opened | undefined
  let latest = 0
  const database = (): Database => {
    if (opened === undefined) throw new StoreUnavailable('the store is not open')
    return opened.database
  }
  /** The server's clock may be set back; its time as we tell it stands still then. */
  const withTime = <Answer extends { now: number }>(answer: Answer): Answer => {
    latest = Math.max(latest, answer.now)
    return { ...answer, now: latest }
  }

  return {
    kind: 'mysql',
    get weaknesses() {
      return opened?.weaknesses ?? []
    },
    async open() {
      opened ??= await openDatabase(settings)
    },
    write: async (batch) => write(database(), batch),
    async writeWithin(within, row, incarnation) {
      if (opened === undefined) throw new StoreUnavailable('the store is not open')
      return writeWithin(opened.name, within, row, incarnation)
    },
    read: async (gids) => database().read((session) => read(session, gids)),
    readTombstones: async (gids) => database().read((session) => readTombstones(session, gids)),
    list: (query) => listings.take(() => list(database(), query)),
    register: async (incarnation, leaseMs) =>
      withTime(await database().change((session) => register(session, incarnation, leaseMs))),
    heartbeat: async (incarnation, leaseMs) =>
      withTime(await database().change((session) => heartbeat(session, incarnation, leaseMs))),
    retire: async (incarnation) => database().change((session) => retire(session, incarnation)),
    claim: async (request) => database().change((session) => claim(session, request)),
    owned: async (request) => database().read((session) => owned(session, request)),
    nextDueAt: async (applications) => database().read((session) => nextDueAt(session, applications)),
    sweep: async (request) => database().change((session) => sweep(session, request)),
    summary: async () => database().read(summary),
    ping: async () => database().read(ping),
    async close() {
      const closing = opened
      opened = undefined
      await closing?.database.close()
    },
  }
}
