import { transactByCallback } from './by-callback.ts'
import { type Database, type Dialect, type Isolation, numbered, type Row, type Session } from './database.ts'

/** What is needed of the client that Prisma gives to an interactive transaction. */
export interface PrismaTransaction {
  // biome-ignore lint/suspicious/noExplicitAny: as the library has it
  $queryRawUnsafe<Answer = unknown>(sql: string, ...values: any[]): PromiseLike<Answer>
  // biome-ignore lint/suspicious/noExplicitAny: as the library has it
  $executeRawUnsafe(sql: string, ...values: any[]): PromiseLike<number>
}

type PrismaIsolation = 'ReadCommitted' | 'RepeatableRead' | 'Serializable'

/** What is needed of a `PrismaClient`. */
export interface PrismaPool<Transaction> {
  $transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    options: { isolationLevel: PrismaIsolation; maxWait: number; timeout: number },
  ): Promise<T>
}

export interface PrismaOptions {
  /** How long a transaction may wait for a connection, milliseconds. */
  maxWaitMs?: number
  /** How long a call's transaction may take, waits for other calls included, milliseconds. */
  timeoutMs?: number
}

export const PRISMA_WAIT_MAX_MS = 5_000
/** As long as the barrier goes on starting again; Prisma's own default are 5 seconds. */
export const PRISMA_TIMEOUT_MS = 30_000

const ISOLATIONS: Readonly<Record<Isolation, PrismaIsolation>> = {
  'read committed': 'ReadCommitted',
  'repeatable read': 'RepeatableRead',
  serializable: 'Serializable',
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  postgresql: 'postgres',
  postgres: 'postgres',
  mysql: 'mysql',
}

/**
 * A database through Prisma, on PostgreSQL, MySQL or MariaDB; the business function gets the client of the
 * transaction, `Prisma.TransactionClient`.
 *
 *     const barrier = sqlBarrier(prisma(new PrismaClient({ adapter })))
 */
export function prisma<Transaction extends PrismaTransaction>(
  client: PrismaPool<Transaction>,
  { maxWaitMs = PRISMA_WAIT_MAX_MS, timeoutMs = PRISMA_TIMEOUT_MS }: PrismaOptions = {},
): Database<Transaction> {
  const dialect = dialectOf(client)
  if (dialect === undefined) throw new TypeError('this Prisma speaks neither PostgreSQL nor MySQL')
  return {
    dialect,
    transact: (plan) =>
      transactByCallback(
        (work) =>
          client.$transaction(work, {
            isolationLevel: ISOLATIONS[plan.isolation],
            maxWait: maxWaitMs,
            timeout: timeoutMs,
          }),
        (transaction) => sessionOn(transaction, dialect),
        plan,
      ),
  }
}

/** The provider of the schema, as clients keep it. */
function dialectOf(client: object): Dialect | undefined {
  return DIALECTS[String((client as { _activeProvider?: unknown })._activeProvider)]
}

function sessionOn(transaction: PrismaTransaction, dialect: Dialect): Session {
  return {
    dialect,
    run: async (statement) => {
      const sql = dialect === 'postgres' ? numbered(statement) : statement.sql
      if (statement.answers === 'count') {
        return { rows: [], count: await transaction.$executeRawUnsafe(sql, ...statement.values) }
      }
      const rows = await transaction.$queryRawUnsafe<Row[]>(sql, ...statement.values)
      return { rows: rows.map(withBuffers), count: rows.length }
    },
  }
}

/** Its bytes are no Buffers, which drivers give otherwise. */
function withBuffers(row: Row): Row {
  const columns = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value) : value,
  ])
  return Object.fromEntries(columns) as Row
}

/** The client of an interactive transaction of Prisma, by its shape: only that one can open no other. */
export function prismaSession(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'object' || transaction === null) return undefined
  const { $queryRawUnsafe, $executeRawUnsafe, $connect } = transaction as Record<string, unknown>
  if (typeof $queryRawUnsafe !== 'function' || typeof $executeRawUnsafe !== 'function') return undefined
  if ($connect !== undefined) return undefined
  const dialect = dialectOf(transaction)
  return dialect && sessionOn(transaction as PrismaTransaction, dialect)
}
