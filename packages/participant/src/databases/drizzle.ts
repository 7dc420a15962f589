import { transactByCallback } from './by-callback.ts'
import type { Database, Dialect, Isolation, Row, Session, Statement, StatementResult } from './database.ts'
import { mysqlResult } from './mysql-connection.ts'
import { mysqlInlined } from './mysql-literals.ts'
import { inlined } from './postgres-literals.ts'

/** What is needed of a transaction of Drizzle. */
export interface DrizzleTransaction {
  execute(sql: string): PromiseLike<unknown>
  rollback(): never
}

/** What is needed of a database of Drizzle, over a pool. */
export interface DrizzlePool<Transaction> {
  transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    config: { isolationLevel: Isolation },
  ): Promise<T>
}

/**
 * A database through Drizzle, over a pool of `pg`, postgres.js or `mysql2`; the business function gets Drizzle's
 * transaction.
 *
 *     const barrier = sqlBarrier(drizzle(drizzleOrm(pool)))
 */
export function drizzle<Transaction extends DrizzleTransaction>(
  db: DrizzlePool<Transaction>,
): Database<Transaction> {
  const dialect = dialectOf(db)
  if (dialect === undefined) throw new TypeError('this Drizzle speaks neither PostgreSQL nor MySQL')
  return {
    dialect,
    transact: (plan) =>
      transactByCallback(
        (work) => db.transaction(work, { isolationLevel: plan.isolation }),
        (transaction) => sessionOn(transaction, dialect),
        plan,
      ),
  }
}

/** By what Drizzle calls its own classes, so that copies and versions of it know each other's. */
const KIND = Symbol.for('drizzle:entityKind')
const DIALECTS: Readonly<Record<string, Dialect>> = { PgDatabase: 'postgres', MySqlDatabase: 'mysql' }

function dialectOf(db: object): Dialect | undefined {
  for (let kind = db.constructor as unknown; typeof kind === 'function'; kind = Object.getPrototypeOf(kind)) {
    const dialect = DIALECTS[String((kind as unknown as Record<symbol, unknown>)[KIND])]
    if (dialect !== undefined) return dialect
  }
  return undefined
}

function sessionOn(transaction: DrizzleTransaction, dialect: Dialect): Session {
  // Parameters take an object that only Drizzle can make.
  const [text, resultOf] = dialect === 'postgres' ? [inlined, postgresResult] : [mysqlInlined, mysqlPair]
  return {
    dialect,
    run: async (statement: Statement) => resultOf(await transaction.execute(text(statement))),
  }
}

/** The result of `pg`, or the list of rows of postgres.js. */
type PostgresResult =
  | { rows: readonly Row[]; rowCount: number | null }
  | (readonly Row[] & { count: number | null })

function postgresResult(result: unknown): StatementResult {
  const of = result as PostgresResult
  return 'rows' in of ? { rows: of.rows, count: of.rowCount ?? 0 } : { rows: of, count: of.count ?? 0 }
}

/** The driver's own pair: the result, and what is known of its fields. */
function mysqlPair(pair: unknown): StatementResult {
  return mysqlResult((pair as readonly unknown[])[0])
}

/** A transaction of Drizzle, by its shape: only that one can be rolled back. */
export function drizzleSession(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'object' || transaction === null) return undefined
  const { execute, rollback } = transaction as Partial<DrizzleTransaction>
  if (typeof execute !== 'function' || typeof rollback !== 'function') return undefined
  const dialect = dialectOf(transaction)
  return dialect && sessionOn(transaction as DrizzleTransaction, dialect)
}
