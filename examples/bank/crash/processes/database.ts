import { setTimeout as sleep } from 'node:timers/promises'
import type { OwnServer } from '@assent/testkit/servers'
import type { Victim } from '../faults/kinds.ts'
import type { CrashStore } from '../settings.ts'

/** A database server that coordinators share, and that faults strike. */
export interface CrashDatabase extends Victim {
  /** How a coordinator is told where it is. */
  flags: readonly string[]
  /** What it calls itself, with its version. */
  product: string
  /** Ends it for good and removes its files. */
  close(): Promise<void>
}

interface Kind {
  begin: () => Promise<OwnServer>
  /** The setting that says where it is. */
  flag: string
}

const servers = () => import('@assent/testkit/servers')

/** Each as it runs by default: what it has answered survives a power cut. */
const KINDS: Readonly<Record<CrashStore, Kind | undefined>> = {
  memory: undefined,
  sqlite: undefined,
  postgres: { begin: async () => (await servers()).startPostgres(), flag: 'postgres-dsn' },
  mysql: { begin: async () => (await servers()).startMariadb(), flag: 'mysql-dsn' },
  redis: { begin: async () => (await servers()).startRedis(), flag: 'redis-url' },
}

/** Undefined where the store needs none. */
export async function startDatabase(store: CrashStore): Promise<CrashDatabase | undefined> {
  const kind = KINDS[store]
  if (kind === undefined) return undefined
  const server = await kind.begin()
  return {
    name: server.kind,
    product: `${server.product} ${server.version}`,
    flags: [`--${kind.flag}=${server.url}`],
    start: () => server.start(),
    // Started means that it answers.
    ready: async () => {},
    kill: () => server.kill(),
    pause: async (ms) => {
      server.pause()
      await sleep(ms)
      server.resume()
    },
    stop: () => server.kill(),
    close: () => server.close(),
  }
}
