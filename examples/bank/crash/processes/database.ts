import { setTimeout as sleep } from 'node:timers/promises'
import type { OwnServer } from '@assent/testkit/servers'
import type { Victim } from '../faults/kinds.ts'
import type { CrashStore } from '../settings.ts'

/** A database server that coordinators share, and that faults strike. */
export interface CrashDatabase extends Victim {
  /** What tells a coordinator where it is; other programs do not see it, as they would see flags. */
  environment: Readonly<Record<string, string>>
  /** What it calls itself, with its version. */
  product: string
  /** Ends it for good and removes its files. */
  close(): Promise<void>
}

interface Kind {
  begin: () => Promise<OwnServer>
  /** The variable that says where it is. */
  variable: string
}

const servers = () => import('@assent/testkit/servers')

/** Each as it runs by default: what it has answered survives a power cut. */
const KINDS: Readonly<Record<CrashStore, Kind | undefined>> = {
  memory: undefined,
  sqlite: undefined,
  postgres: { begin: async () => (await servers()).startPostgres(), variable: 'ASSENT_POSTGRES_DSN' },
  mysql: { begin: async () => (await servers()).startMariadb(), variable: 'ASSENT_MYSQL_DSN' },
  redis: { begin: async () => (await servers()).startRedis(), variable: 'ASSENT_REDIS_URL' },
}

/** Undefined where the store needs none. */
export async function startDatabase(store: CrashStore): Promise<CrashDatabase | undefined> {
  const kind = KINDS[store]
  if (kind === undefined) return undefined
  const server = await kind.begin()
  return {
    name: server.kind,
    product: `${server.product} ${server.version}`,
    environment: { [kind.variable]: server.url },
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
