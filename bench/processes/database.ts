import {
  type OwnServer,
  type ServerOptions,
  startMariadb,
  startPostgres,
  startRedis,
} from '@assent/testkit/servers'

/** A database server of its own, as durable as its kind says. */
export interface BenchDatabase extends AsyncDisposable {
  /** What it calls itself, with its version. */
  product: string
  pid: number
  /** What tells a server of Assent to keep its transactions there; another name is another, empty place in it. */
  environment(name?: string): Readonly<Record<string, string>>
}

/** How much of it PostgreSQL and MariaDB keep in memory: as PostgreSQL and MariaDB come. */
const BUFFERS = '128MB'
const POSTGRES: ServerOptions = { settings: { shared_buffers: BUFFERS } }
const EVERYSEC: ServerOptions = { settings: { appendfsync: 'everysec' } }

export const DATABASES = {
  postgres: async () =>
    database(await startPostgres(POSTGRES), (url, name) => ({
      ASSENT_STORE: 'postgres',
      ASSENT_POSTGRES_DSN: url,
      ASSENT_POSTGRES_SCHEMA: name,
    })),
  mariadb: async () =>
    database(await startMariadb(), (url) => ({ ASSENT_STORE: 'mysql', ASSENT_MYSQL_DSN: url })),
  redis: async () => database(await startRedis(), onRedis),
  redisEverysec: async () =>
    database(await startRedis(EVERYSEC), (url, name) => ({
      ...onRedis(url, name),
      ASSENT_STORE_ACCEPT_WEAKNESSES: 'appendfsync-everysec',
    })),
} as const satisfies Record<string, () => Promise<BenchDatabase>>

export type DatabaseKind = keyof typeof DATABASES

function onRedis(url: string, name: string): Record<string, string> {
  return { ASSENT_STORE: 'redis', ASSENT_REDIS_URL: url, ASSENT_REDIS_PREFIX: name }
}

function database(
  server: OwnServer,
  environment: (url: string, name: string) => Readonly<Record<string, string>>,
): BenchDatabase {
  return {
    product: `${server.product} ${server.version}`,
    get pid() {
      return server.pid
    },
    environment: (name = 'assent') => environment(server.url, name),
    [Symbol.asyncDispose]: () => server.close(),
  }
}
