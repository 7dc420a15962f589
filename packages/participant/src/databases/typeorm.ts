import { transactByCallback } from './by-callback.ts'
import { type Database, type Dialect, numbered, type Row, type Session } from './database.ts'

/** What is needed of a `QueryRunner` of TypeORM. */
export interface TypeormQueryRunner {
  // biome-ignore lint/suspicious/noExplicitAny: as the library has it
  query(sql: string, values: any, useStructuredResult: true): Promise<any>
  readonly isTransactionActive: boolean
  /** Where TypeORM 1 keeps its options. */
  readonly dataSource?: { readonly options: { readonly type: string } }
  /** Where TypeORM 0.3 does. */
  readonly connection?: { readonly options: { readonly type: string } }
}

/** What is needed of an `EntityManager` of TypeORM. */
export interface TypeormManager {
  readonly queryRunner?: TypeormQueryRunner | undefined
}

type TypeormIsolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE'

/** What is needed of a `DataSource`. */
export interface TypeormDataSource<Manager> {
  transaction<T>(isolation: TypeormIsolation, work: (manager: Manager) => Promise<T>): Promise<T>
  readonly options: { readonly type: string }
}

const DIALECTS: Readonly<Record<string, Dialect>> = { postgres: 'postgres', mysql: 'mysql', mariadb: 'mysql' }

/**
 * A database through TypeORM, on PostgreSQL, MySQL or MariaDB; the business function gets its `EntityManager`.
 *
 *     const barrier = sqlBarrier(typeorm(dataSource))
 */
export function typeorm<Manager extends TypeormManager>(
  dataSource: TypeormDataSource<Manager>,
): Database<Manager> {
  const dialect = DIALECTS[dataSource.options.type]
  if (dialect === undefined) {
    throw new TypeError(`TypeORM's ${dataSource.options.type} is neither PostgreSQL nor MySQL`)
  }
  return {
    dialect,
    transact: (plan) =>
      transactByCallback(
        (work) => dataSource.transaction(plan.isolation.toUpperCase() as TypeormIsolation, work),
        ({ queryRunner }) => {
          if (queryRunner === undefined)
            throw new TypeError('the EntityManager of a transaction has no QueryRunner')
          return sessionOn(queryRunner, dialect)
        },
        plan,
      ),
  }
}

function sessionOn(runner: TypeormQueryRunner, dialect: Dialect): Session {
  return {
    dialect,
    run: async (statement) => {
      const sql = dialect === 'postgres' ? numbered(statement) : statement.sql
      const { records, affected } = await runner.query(sql, [...statement.values], true)
      const rows: readonly Row[] = statement.answers === 'rows' ? records : []
      return { rows, count: statement.answers === 'rows' ? rows.length : Number(affected) }
    },
  }
}

/** An `EntityManager` of an open transaction, or its `QueryRunner`, by its shape. */
export function typeormSession(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'object' || transaction === null) return undefined
  const runner = (transaction as TypeormManager).queryRunner ?? (transaction as TypeormQueryRunner)
  if (
    typeof runner !== 'object' ||
    typeof runner.query !== 'function' ||
    runner.isTransactionActive !== true
  ) {
    return undefined
  }
  const dialect = DIALECTS[String((runner.dataSource ?? runner.connection)?.options?.type)]
  return dialect && sessionOn(runner, dialect)
}
