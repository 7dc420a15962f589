import { KAFKA } from './kafka/kafka.ts'
import type { KindOfServer } from './kind.ts'
import { MARIADB } from './mariadb/mariadb.ts'
import { POSTGRES } from './postgres/postgres.ts'
import { REDIS } from './redis/redis.ts'

export const KINDS: readonly KindOfServer[] = [POSTGRES, MARIADB, REDIS, KAFKA]
