import { transactByCallback } from './by-callback.ts'
import {
  type Database,
  type Dialect,
  type Isolation,
  numbered,
  type Row,
  type Session,
  type Statement,
} from './database.ts'

interface KyselyResult {
  rows: readonly unknown[]
  numAffectedRows?: bigint | undefined
}

interface KyselyAdapter {
  readonly supportsReturning?: boolean
  readonly supportsTransactionalDdl?: boolean
}

/** What is needed of a `Transaction` of Kysely. */
export interface KyselyTransaction {
  // biome-ignore lint/suspicious/noExplicitAny: a whole syntax tree, of which nothing is needed
  executeQuery(query: any): Promise<KyselyResult>
  getExecutor(): { readonly adapter: KyselyAdapter }
  withoutPlugins(): KyselyTransaction
  readonly isTransaction: boolean
}

interface TransactionBuilder<Transaction> {
  setIsolationLevel(isolation: Isolation): TransactionBuilder<Transaction>
  execute<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
}

/** What is needed of a `Kysely`. */
export interface KyselyPool<Transaction> {
  transaction(): TransactionBuilder<Transaction>
  getExecutor(): { readonly adapter: KyselyAdapter }
}

/**
 * A database through Kysely, on PostgreSQL or MySQL; the business function gets its `Transaction<DB>`.
 *
 *     const barrier = sqlBarrier(kysely(new Kysely<DB>({ dialect })))
 */
export function kysely<Transaction extends KyselyTransaction>(
  db: KyselyPool<Transaction>,
): Database<Transaction> {
  const { adapter } = db.getExecutor()
  const dialect = dialectOf(adapter)
  if (dialect === undefined) throw new TypeError('this Kysely speaks neither PostgreSQL nor MySQL')
  return {
    dialect,
    transact: (plan) =>
      transactByCallback(
        (work) => db.transaction().setIsolationLevel(plan.isolation).execute(work),
        (transaction) => sessionOn(transaction, dialect),
        plan,
      ),
  }
}

/** By what each of the dialects can do, for their names don't survive a minifier. SQLite and SQL Server have one of the two. */
function dialectOf({ supportsReturning, supportsTransactionalDdl }: KyselyAdapter): Dialect | undefined {
  if (supportsReturning && supportsTransactionalDdl) return 'postgres'
  return supportsReturning || supportsTransactionalDdl ? undefined : 'mysql'
}

function sessionOn(transaction: KyselyTransaction, dialect: Dialect): Session {
  // Some plugins change what is read, such as all text that looks like JSON.
  const plain = transaction.withoutPlugins()
  return {
    dialect,
    run: async (statement) => {
      const { rows, numAffectedRows } = await plain.executeQuery(compiled(statement, dialect))
      const count = statement.answers === 'rows' ? rows.length : Number(numAffectedRows)
      return { rows: rows as readonly Row[], count }
    },
  }
}

/** As Kysely's own `sql` template compiles. */
function compiled(statement: Statement, dialect: Dialect) {
  const { values: parameters } = statement
  const sql = dialect === 'postgres' ? numbered(statement) : statement.sql
  return {
    sql,
    parameters,
    query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
    queryId: { queryId: 'assent' },
  }
}

/** A `Transaction` of Kysely, by its shape. */
export function kyselySession(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'object' || transaction === null) return undefined
  const { isTransaction, executeQuery, getExecutor, withoutPlugins } =
    transaction as Partial<KyselyTransaction>
  const isKysely = [executeQuery, getExecutor, withoutPlugins].every((each) => typeof each === 'function')
  if (!isKysely || isTransaction !== true) return undefined
  const within = transaction as KyselyTransaction
  const dialect = dialectOf(within.getExecutor().adapter)
  return dialect && sessionOn(within, dialect)
}
