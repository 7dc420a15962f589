import {
  type OwnServer,
  type ServerOptions,
  startMariadb,
  startPostgres,
  startRedis,
} from '@assent/testkit/servers'
import { mysql } from 'assent/store/mysql'
import { postgres } from 'assent/store/postgres'
import { redis } from 'assent/store/redis'
import type { StorePlace } from './store-place.ts'

/** A database server of its own, as durable as its kind says. */
export interface BenchDatabase extends AsyncDisposable {
  /** What it calls itself, with its version. */
  product: string
  pid: number
  /** Where transactions are kept in it; those that have another name have nothing in common. */
  place(name?: string): StorePlace
}

/** As much of it as PostgreSQL and MariaDB keep in memory as they come. */
const POSTGRES: ServerOptions = { settings: { shared_buffers: '128MB' } }
const EVERYSEC: ServerOptions = { settings: { appendfsync: 'everysec' } }
const EVERYSEC_WEAKNESS = 'appendfsync=everysec'

export const DATABASES = {
  postgres: async () =>
    database(await startPostgres(POSTGRES), (url, schema) => ({
      environment: { ASSENT_STORE: 'postgres', ASSENT_POSTGRES_DSN: url, ASSENT_POSTGRES_SCHEMA: schema },
      store: () => postgres({ url, schema }),
    })),
  mariadb: async () =>
    database(await startMariadb(), (url) => ({
      environment: { ASSENT_STORE: 'mysql', ASSENT_MYSQL_DSN: url },
      store: () => mysql({ url }),
    })),
  redis: async () => database(await startRedis(), (url, prefix) => onRedis(url, prefix, [])),
  redisEverysec: async () =>
    database(await startRedis(EVERYSEC), (url, prefix) => onRedis(url, prefix, [EVERYSEC_WEAKNESS])),
} as const satisfies Record<string, () => Promise<BenchDatabase>>

export type DatabaseKind = keyof typeof DATABASES

function onRedis(url: string, prefix: string, acceptedWeaknesses: readonly string[]): StorePlace {
  return {
    environment: {
      ASSENT_STORE: 'redis',
      ASSENT_REDIS_URL: url,
      ASSENT_REDIS_PREFIX: prefix,
      ASSENT_STORE_ACCEPT_WEAKNESSES: acceptedWeaknesses.join(','),
    },
    store: () => redis({ url, prefix, acceptedWeaknesses }),
  }
}

function database(server: OwnServer, place: (url: string, name: string) => StorePlace): BenchDatabase {
  return {
    product: `${server.product} ${server.version}`,
    get pid() {
      return server.pid
    },
    place: (name = 'assent') => place(server.url, name),
    [Symbol.asyncDispose]: () => server.close(),
  }
}
