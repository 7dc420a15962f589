import { findServer } from './finding/find.ts'
import { SURROUNDINGS } from './finding/surroundings.ts'
import { KAFKA } from './kafka/kafka.ts'
import type { KindOfServer } from './kind.ts'
import { MARIADB } from './mariadb/mariadb.ts'
import { note } from './note.ts'
import { POSTGRES } from './postgres/postgres.ts'
import { REDIS } from './redis/redis.ts'
import { startDocker } from './running/start-docker.ts'
import { startLocal } from './running/start-local.ts'
import type { OwnServer, ServerOptions } from './server.ts'

/** PostgreSQL, with `fsync` and `synchronous_commit` on unless told otherwise. */
export function startPostgres(options: ServerOptions = {}): Promise<OwnServer> {
  return startServer(POSTGRES, options)
}

/** MariaDB, with `innodb_flush_log_at_trx_commit=1` unless told otherwise. */
export function startMariadb(options: ServerOptions = {}): Promise<OwnServer> {
  return startServer(MARIADB, options)
}

/** Redis, with `appendonly yes` and `appendfsync always` unless told otherwise. */
export function startRedis(options: ServerOptions = {}): Promise<OwnServer> {
  return startServer(REDIS, options)
}

/** Apache Kafka, one node that is broker and controller; topics are there once someone creates them. */
export function startKafka(options: ServerOptions = {}): Promise<OwnServer> {
  return startServer(KAFKA, options)
}

export async function startServer(kind: KindOfServer, options: ServerOptions): Promise<OwnServer> {
  const found = await findServer(kind, SURROUNDINGS)
  const server =
    found.origin === 'Docker'
      ? await startDocker(kind, options)
      : await startLocal(kind, found.binary, found.origin, options)
  note(server)
  return server
}
