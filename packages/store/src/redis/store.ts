import { type Store, StoreUnavailable } from '@assent/engine'
import { withDriver } from '../driver.ts'
import { claim, nextDueAt } from './claim.ts'
import type { Clock, Database } from './database.ts'
import { changing, reading } from './failures.ts'
import { heartbeat, register, retire } from './incarnations.ts'
import { list } from './list.ts'
import { type RedisOptions, type Settings, settingsOf } from './options.ts'
import { owned } from './owned.ts'
import { read, readTombstones } from './read.ts'
import { summary } from './summary.ts'
import { sweep } from './sweep.ts'
import type { Watch } from './watch.ts'
import { write } from './write.ts'

/**
 * Keeps transactions in Redis 7.0 or later, one server or a cluster of them. Any number of processes may share it, and
 * nothing that it keeps expires by itself.
 */
export function redis(options: RedisOptions): Store {
  return redisAhead(options, () => 0)
}

/** The same with so many milliseconds added to the server's time, which no test can move. */
export function redisAhead(options: RedisOptions, aheadMs: () => number): Store {
  let opening: Promise<Watch> | undefined
  let opened: Watch | undefined
  let timeFloor = 0
  const watch = (): Watch => {
    if (opened === undefined) throw new StoreUnavailable('the store is not open')
    return opened
  }
  const database = (): Database => watch().database

  return {
    kind: 'redis',
    get weaknesses() {
      return opened?.inWords ?? []
    },
    async open() {
      opening ??= openWithDriver(settingsOf(options), { timeFloor, aheadMs })
      try {
        opened = await opening
      } catch (error) {
        opening = undefined
        throw error
      }
    },
    write: async (batch) => changing(write(database(), batch)),
    read: async (gids) => reading(read(database(), gids)),
    readTombstones: async (gids) => reading(readTombstones(database(), gids)),
    list: async (query) => reading(list(database(), query)),
    register: async (incarnation, leaseMs) => changing(register(database(), incarnation, leaseMs)),
    heartbeat: async (incarnation, leaseMs) => changing(heartbeat(database(), incarnation, leaseMs)),
    retire: async (incarnation) => changing(retire(database(), incarnation)),
    claim: async (request) => changing(claim(database(), request)),
    owned: async (request) => reading(owned(database(), request)),
    nextDueAt: async (applications) => reading(nextDueAt(database(), applications)),
    sweep: async (request) => changing(sweep(database(), request)),
    summary: async () => reading(summary(database())),
    ping: async () => reading(watch().ping()),
    async close() {
      const last = await opening?.catch(() => undefined)
      opening = undefined
      opened = undefined
      if (last === undefined) return
      timeFloor = last.database.timeIs(timeFloor)
      await last.database.servers.stop()
    },
  }
}

async function openWithDriver(settings: Settings, clock: Clock): Promise<Watch> {
  const { openDatabase } = await withDriver('redis', () => import('./open.ts'))
  return openDatabase(settings, clock)
}
