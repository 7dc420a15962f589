import type { Row, Statement, StatementResult } from '../../databases/database.ts'
import type { GidRows } from '../barrier.ts'
import { type BarrierOperation, type CallId, placeOf } from '../call.ts'
import type { Conclusion } from '../conclusion.ts'
import type { StoredAnswer } from '../decision.ts'
import { storedAnswer } from '../stored.ts'
import type { BarrierDialect, NewRow } from './dialect.ts'

const KEY = 'gid = ? AND branch_id = ? AND place = ?'

/** Fails where the transaction has failed before, which a COMMIT may pass over in silence. */
export const PROBE: Statement = { sql: 'SELECT 1 AS probe', values: [], answers: 'rows' }

const NOTHING: StatementResult = { rows: [], count: 0 }

/** The statements of the barrier's table, and how their results are read. */
export class SqlRows {
  readonly #dialect: BarrierDialect
  readonly #table: string
  readonly #now: () => number

  /** `now` answers epoch milliseconds. */
  constructor(dialect: BarrierDialect, table: string, now: () => number) {
    this.#dialect = dialect
    this.#table = table
    this.#now = now
  }

  create(): readonly Statement[] {
    return this.#dialect.create(this.#table)
  }

  /** Inserts rows unless they are there. */
  take(rows: readonly NewRow[]): readonly Statement[] {
    return this.#dialect.take(this.#table, rows, this.#now())
  }

  /** Which of them were inserted. */
  taken(rows: readonly NewRow[], results: readonly StatementResult[]): readonly boolean[] {
    return this.#dialect.taken(rows, results)
  }

  /** Reads a row as it is by now, and holds it against everyone else. */
  find(call: CallId): Statement {
    const look = this.look(call)
    return { ...look, sql: `${look.sql} FOR UPDATE` }
  }

  /** Reads a row as it was last committed, and waits for nobody. */
  look({ gid, branchId, op }: CallId): Statement {
    return {
      sql: `SELECT op, state, ${this.#dialect.answerColumn} FROM ${this.#table} WHERE ${KEY}`,
      values: [gid, branchId, placeOf(op)],
      answers: 'rows',
    }
  }

  found(result: StatementResult | undefined): StoredAnswer | undefined {
    const row = result?.rows[0]
    if (row === undefined) return undefined
    const answer = this.#dialect.answerOf(row)
    return storedAnswer(
      text(row, 'op') as BarrierOperation,
      text(row, 'state') as StoredAnswer['state'],
      answer,
    )
  }

  /** Puts the answer into a row that was taken, or was left ongoing. */
  conclude({ gid, branchId, op }: CallId, { state, answer }: Conclusion): Statement {
    return {
      sql: `UPDATE ${this.#table} SET state = ?, answer = ?, touched_at = ? WHERE ${KEY} AND state = 'ongoing'`,
      values: [
        state,
        answer === null ? null : this.#dialect.answerValue(answer),
        this.#now(),
        gid,
        branchId,
        placeOf(op),
      ],
      answers: 'count',
    }
  }

  page(after: string, limit: number): Statement {
    return {
      sql: `SELECT gid, max(touched_at) AS touched, max(CASE WHEN state = 'ongoing' THEN 1 ELSE 0 END) AS ongoing
        FROM ${this.#table} WHERE gid > ? GROUP BY gid ORDER BY gid LIMIT ?`,
      values: [after, limit],
      answers: 'rows',
    }
  }

  /** Each gid's rows in one, in the order of the gids. */
  paged({ rows }: StatementResult = NOTHING): GidRows[] {
    return rows.map((row) => ({
      gid: text(row, 'gid'),
      touchedAt: Number(row.touched),
      ongoing: Number(row.ongoing) === 1,
    }))
  }

  /** Holds all rows of some gids, in the order in which calls take them. */
  hold(gids: readonly string[]): Statement {
    return {
      sql: `SELECT gid, touched_at AS touched, CASE WHEN state = 'ongoing' THEN 1 ELSE 0 END AS ongoing
        FROM ${this.#table} WHERE gid IN (${places(gids)}) ORDER BY gid, branch_id, place DESC FOR UPDATE`,
      values: gids,
      answers: 'rows',
    }
  }

  forget(gids: readonly string[], untouchedSince: number): Statement {
    return {
      sql: `DELETE FROM ${this.#table} WHERE gid IN (${places(gids)}) AND touched_at <= ? AND state <> 'ongoing'`,
      values: [...gids, untouchedSince],
      answers: 'count',
    }
  }
}

function places(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ')
}

/** A column that must be there: some libraries rename what they read. */
function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new Error(`the barrier's column ${column} was read as ${typeof value}`)
  return value
}
