import type { Row, Statement, StatementResult, Value } from '../../databases/database.ts'
import type { CallId } from '../call.ts'

/** A row that is to be inserted unless it is there. */
export interface NewRow {
  call: CallId
  state: 'planted' | 'ongoing'
}

/** What PostgreSQL and MySQL each do in a way of their own, on the barrier's table. */
export interface BarrierDialect {
  /** Creates the table where it is missing, also while others do so. */
  create(table: string): readonly Statement[]
  /**
   * Inserts each row unless it is there, in this order; one that another transaction has inserted is waited
   * for until that has ended. `now` is epoch milliseconds.
   */
  take(table: string, rows: readonly NewRow[], now: number): readonly Statement[]
  /** How many results `take` has, and which of the rows it inserted. */
  taken(rows: readonly NewRow[], results: readonly StatementResult[]): readonly boolean[]
  /** An answer as it is bound, and the column as it is read. */
  answerValue(answer: string): Value
  answerColumn: string
  answerOf(row: Row): string | null
}
