import { type Store, StoreUnavailable } from '@assent/engine'
import type { Connections } from '../connections.ts'
import { DriverMissing, withDriver } from '../driver.ts'
import type { Address } from './address.ts'
import { claim, nextDueAt } from './claim.ts'
import type { Database } from './database.ts'
import { heartbeat, register, retire } from './incarnations.ts'
import { list } from './list.ts'
import { type Opened, openDatabase } from './open.ts'
import { owned } from './owned.ts'
import { read, readTombstones } from './read.ts'
import { storeInvalid } from './refusals.ts'
import { summary } from './summary.ts'
import { sweep } from './sweep.ts'
import { write } from './write.ts'

export interface MysqlOptions extends Address {
  connections?: Partial<Connections>
  /**
   * Settings of the server by which it keeps less than it acknowledges, such as `innodb_flush_log_at_trx_commit=2`. One
   * that is not named here keeps the store from being opened; one that is shows in `weaknesses`.
   */
  acceptedWeaknesses?: readonly string[]
}

/**
 * Keeps transactions in a database of MySQL 8 or MariaDB 10.6, in tables whose names begin with `assent_`. Any number of
 * coordinators may share it.
 */
export function mysql(options: MysqlOptions): Store {
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
      opened ??= await openWithDriver(options)
    },
    write: async (batch) => write(database(), batch),
    read: async (gids) => database().read((session) => read(session, gids)),
    readTombstones: async (gids) => database().read((session) => readTombstones(session, gids)),
    list: async (query) => list(database(), query),
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
    ping: async () => database().read(async (session) => void (await session.query('SELECT 1'))),
    async close() {
      const closing = opened
      opened = undefined
      await closing?.database.close()
    },
  }
}

async function openWithDriver(options: MysqlOptions): Promise<Opened> {
  try {
    await withDriver('mariadb', () => import('mariadb'))
    return await openDatabase(options)
  } catch (error) {
    throw error instanceof DriverMissing ? storeInvalid('the MySQL server', error.message) : error
  }
}
