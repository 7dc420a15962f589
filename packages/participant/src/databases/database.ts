/**
 * How the barrier sees a service's database, whatever driver or query builder stands before it. An adapter
 * is a file beside this one, named after its library: `pg(pool)`, `kysely(db)`.
 */

/** Which SQL is spoken; `mysql` is MariaDB's as well. */
export type Dialect = 'postgres' | 'mysql'

export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

/** What may be bound to a statement. Bytes are for texts that no connection's character set may touch. */
export type Value = string | number | Buffer | null

/**
 * One statement. Each `?` in `sql` is one of `values`, in their order, and there is no other `?` in it. The
 * columns that it answers have one lower-case word as their name, which no library's naming changes.
 */
export interface Statement {
  sql: string
  values: readonly Value[]
  /** What is wanted of it: the rows that it answers, or how many it changed. */
  answers: 'rows' | 'count'
}

export type Row = Readonly<Record<string, unknown>>

export interface StatementResult {
  /** Empty for a statement that answers a count. Numbers may come as text or bigint, text as bytes. */
  rows: readonly Row[]
  /** How many rows it changed, or how many it answered. */
  count: number
}

/** A way into a database transaction that is open. */
export interface Session {
  readonly dialect: Dialect
  /** Rejects with what the driver threw, wrapped in whatever its library wraps it in. */
  run(statement: Statement): Promise<StatementResult>
}

/** An open database transaction. */
export interface Opened<Transaction> {
  /** The library's own object, as the business function gets it. */
  transaction: Transaction
  session: Session
  /** What `first` came to, in its order. */
  results: readonly StatementResult[]
}

/** What the work of a database transaction comes to, and whether what it wrote is kept. */
export type Ending<T> =
  /** `last` runs before the commit, and must have the count 1: else the work was not in this transaction. */
  { keep: true; value: T; last: Statement } | { keep: false; value: T }

export interface Plan<Transaction, T> {
  isolation: Isolation
  /** Run before the work, in this order; those behind one that failed are not run. */
  first: readonly Statement[]
  /** Runs once `first` is through. Whatever it throws rolls everything back. */
  work(opened: Opened<Transaction>): Promise<Ending<T>>
}

/** A service's database, as an adapter makes it of the library's pool. */
export interface Database<Transaction> {
  readonly dialect: Dialect
  /**
   * Runs a plan in a database transaction of its own, opened at the isolation asked for whatever the default
   * is. An adapter that can do so sends BEGIN together with `first`, and `last` together with COMMIT, so that
   * they take one round trip; nothing of that may run when what stands before it has failed.
   *
   * Resolves with the value once the commit is acknowledged, or the work rolled back as it asked for. Rejects
   * with BarrierUnavailable where no connection could be had, with WorkLost where `last` had another count
   * than 1, and else with what the work or the driver threw; nothing is kept then, unless the connection was
   * lost at the commit, of which nobody knows whether it happened. Nothing is tried again here: the barrier
   * tells by `isContention` what is worth it.
   */
  transact<T>(plan: Plan<Transaction, T>): Promise<T>
}

/** What was written before the end of the work did not stand in the barrier's database transaction. */
export class WorkLost extends Error {
  override readonly name = 'WorkLost'

  constructor() {
    super('the transaction was ended by the function that ran inside it; that is left to the barrier')
  }
}

/** Throws WorkLost unless `last` did what it had to. Adapters ask this before the commit where they can. */
export function mustHaveCount({ count }: StatementResult): void {
  if (count !== 1) throw new WorkLost()
}

/** The statement with `$1`, `$2` … for its question marks, as PostgreSQL's drivers want it. */
export function numbered({ sql }: Statement): string {
  let number = 0
  return sql.replaceAll('?', () => {
    number += 1
    return `$${number}`
  })
}

/** Sets the isolation of a transaction that begins, as both dialects spell it. */
export function isolationLevel(isolation: Isolation): string {
  return `ISOLATION LEVEL ${isolation.toUpperCase()}`
}
