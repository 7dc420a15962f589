import { transactByCallback } from './by-callback.ts'
import type { Database, Dialect, Isolation, Row, Session, StatementResult } from './database.ts'
import { mysqlResult } from './mysql-connection.ts'

/** What is needed of a `Knex.Transaction`. */
export interface KnexTransaction {
  // biome-ignore lint/suspicious/noExplicitAny: the library's overloads fit nothing narrower
  raw(sql: string, bindings: any): PromiseLike<any>
  // biome-ignore lint/suspicious/noExplicitAny: the library says no more of it
  readonly client: any
  readonly isTransaction?: boolean
}

/** What is needed of a `Knex`. */
export interface KnexPool<Transaction> {
  transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    config: { isolationLevel: Isolation },
  ): Promise<T>
  // biome-ignore lint/suspicious/noExplicitAny: the library says no more of it
  readonly client: any
}

/** As Knex calls them; `mysql` is the one of `mysql2` as well. */
const DIALECTS: Readonly<Record<string, Dialect>> = { postgresql: 'postgres', mysql: 'mysql' }

/**
 * A database through Knex, on PostgreSQL, MySQL or MariaDB; the business function gets its `Knex.Transaction`.
 *
 *     const barrier = sqlBarrier(knex(createKnex({ client: 'pg', connection })))
 *
 * A `postProcessResponse` of the service must leave the results of `raw` as they are.
 */
export function knex<Transaction extends KnexTransaction>(
  pool: KnexPool<Transaction>,
): Database<Transaction> {
  const dialect = dialectOf(pool.client)
  if (dialect === undefined) throw new TypeError('this Knex speaks neither PostgreSQL nor MySQL')
  return {
    dialect,
    transact: (plan) =>
      transactByCallback(
        (work) => pool.transaction(work, { isolationLevel: plan.isolation }),
        (transaction) => sessionOn(transaction, dialect),
        plan,
      ),
  }
}

function dialectOf(client: { dialect?: unknown } | undefined): Dialect | undefined {
  return DIALECTS[String(client?.dialect)]
}

function sessionOn(transaction: KnexTransaction, dialect: Dialect): Session {
  const resultOf = dialect === 'postgres' ? postgresResult : mysqlPair
  return {
    dialect,
    // Its places are question marks on all databases.
    run: async ({ sql, values }) => resultOf(await transaction.raw(sql, values)),
  }
}

function postgresResult({
  rows,
  rowCount,
}: {
  rows: readonly Row[]
  rowCount: number | null
}): StatementResult {
  return { rows, count: rowCount ?? 0 }
}

/** The driver's own pair: the result, and what is known of its fields. */
function mysqlPair([result]: readonly unknown[]): StatementResult {
  return mysqlResult(result)
}

/** A `Knex.Transaction`, by its shape. */
export function knexSession(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'function') return undefined
  const within = transaction as unknown as KnexTransaction
  if (typeof within.raw !== 'function' || within.isTransaction !== true) return undefined
  const dialect = dialectOf(within.client)
  return dialect && sessionOn(within, dialect)
}
