import { type OwnServer, startMariadb, startPostgres, startRedis } from '@assent/testkit/servers'

const STARTERS = { postgres: startPostgres, mariadb: startMariadb, redis: startRedis }

/** Enough for every pool that is asked of it. */
const POSTGRES_CONNECTIONS = '200'
/** As PostgreSQL comes, and not as small as tests want it. */
const POSTGRES_BUFFERS = '128MB'
const SETTINGS = {
  postgres: { max_connections: POSTGRES_CONNECTIONS, shared_buffers: POSTGRES_BUFFERS },
  mariadb: {},
  redis: {},
}

/** The database servers of a run, each started when a side first asks for it, and shared by all that do. */
export class Databases implements AsyncDisposable {
  readonly #servers = new Map<keyof typeof STARTERS, Promise<OwnServer>>()

  get(kind: keyof typeof STARTERS): Promise<OwnServer> {
    const found = this.#servers.get(kind) ?? STARTERS[kind]({ settings: SETTINGS[kind] })
    this.#servers.set(kind, found)
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await (await server).close()
  }
}
