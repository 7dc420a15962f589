import type { Session } from './database.ts'
import { drizzleSession } from './drizzle.ts'
import { knexSession } from './knex.ts'
import { kyselySession } from './kysely.ts'
import { mariadbSession } from './mariadb.ts'
import { mysql2Session } from './mysql2.ts'
import { pgSession } from './pg.ts'
import { postgresJsSession } from './postgres-js.ts'
import { prismaSession } from './prisma.ts'
import { typeormSession } from './typeorm.ts'

/** Tells an open transaction of one library by its shape. Undefined for anything else, a pool included. */
export type Recognise = (transaction: unknown) => Session | undefined

/** One for each library, in the file named after it. */
const LIBRARIES: readonly Recognise[] = [
  pgSession,
  postgresJsSession,
  mysql2Session,
  mariadbSession,
  drizzleSession,
  knexSession,
  kyselySession,
  prismaSession,
  typeormSession,
]

/**
 * The way into a database transaction that somebody else has opened and will end: a `pg` client, a connection
 * of `mysql2` or `mariadb`, the transaction of postgres.js, Kysely, Knex, Drizzle, TypeORM or Prisma. That it
 * is within a transaction is for whoever opened it to know. Undefined for what is none of these.
 */
export function sessionOf(transaction: unknown): Session | undefined {
  for (const recognise of LIBRARIES) {
    const session = recognise(transaction)
    if (session !== undefined) return session
  }
  return undefined
}
