import type { BarrierDialect } from '../barrier/sql/dialect.ts'
import type { Row, Statement, StatementResult } from '../databases/database.ts'
import type { AttemptId, BranchId, XaDialect } from './dialect.ts'

/** What is known of a branch whose prepare began. */
export interface Registration {
  /** Only an attempt that holds it may acknowledge its prepare. */
  token: string
  /** `prepared`: acknowledged, so that `done` was or will be answered with `answer`, JSON text. */
  state: 'registered' | 'prepared'
  answer: string | null
}

const KEY = 'gid = ? AND branch_id = ?'

/**
 * The statements of the table of registrations. What a prepare answers lies in the transaction that it has
 * prepared, where nobody can read it; here stands what everyone may know of it before it is committed.
 */
export class Registrations {
  readonly #table: string
  readonly #xa: XaDialect
  readonly #barrier: BarrierDialect
  readonly #now: () => number

  /** `now` answers epoch milliseconds. */
  constructor(table: string, xa: XaDialect, barrier: BarrierDialect, now: () => number) {
    this.#table = table
    this.#xa = xa
    this.#barrier = barrier
    this.#now = now
  }

  probe(): Statement {
    return { sql: `SELECT 1 AS probe FROM ${this.#table} LIMIT 1`, values: [], answers: 'rows' }
  }

  create(): readonly Statement[] {
    return this.#xa.createRegistrations(this.#table)
  }

  register({ gid, branchId }: BranchId, token: string): Statement {
    return {
      sql: `INSERT INTO ${this.#table} (gid, branch_id, token, state, created_at)
        VALUES (?, ?, ?, 'registered', ?) ${this.#xa.unlessThere}`,
      values: [gid, branchId, token, this.#now()],
      answers: 'count',
    }
  }

  find({ gid, branchId }: BranchId): Statement {
    return {
      sql: `SELECT token, state, ${this.#barrier.answerColumn} FROM ${this.#table} WHERE ${KEY}`,
      values: [gid, branchId],
      answers: 'rows',
    }
  }

  found({ rows: [row] }: StatementResult): Registration | undefined {
    if (row === undefined) return undefined
    const state = row.state as Registration['state']
    return { token: String(row.token), state, answer: this.#barrier.answerOf(row) }
  }

  /** Acknowledges that it is prepared, for who holds the token. */
  acknowledge(attempt: AttemptId, answer: string | null): Statement {
    const { gid, branchId, token } = attempt
    const prepared = this.#xa.whilePrepared(attempt)
    const value = answer === null ? null : this.#barrier.answerValue(answer)
    return {
      sql: `UPDATE ${this.#table} SET state = 'prepared', answer = ?
        WHERE ${KEY} AND token = ? AND state = 'registered'${prepared.sql}`,
      values: [value, gid, branchId, token, ...prepared.values],
      answers: 'count',
    }
  }

  /** Takes the token of a prepare that was not acknowledged, which it then can't be any more. */
  takeOver({ gid, branchId }: BranchId, token: string, fromToken: string): Statement {
    return {
      sql: `UPDATE ${this.#table} SET token = ? WHERE ${KEY} AND token = ? AND state = 'registered'`,
      values: [token, gid, branchId, fromToken],
      answers: 'count',
    }
  }

  /** Lets no attempt acknowledge its prepare any more. */
  close({ gid, branchId }: BranchId, token: string): Statement {
    return {
      sql: `UPDATE ${this.#table} SET token = ?, state = 'registered', answer = NULL WHERE ${KEY}`,
      values: [token, gid, branchId],
      answers: 'count',
    }
  }

  /** Forgets an attempt that has prepared nothing and won't, for who holds its token. */
  giveUp({ gid, branchId, token }: AttemptId): Statement {
    return {
      sql: `DELETE FROM ${this.#table} WHERE ${KEY} AND token = ? AND state = 'registered'`,
      values: [gid, branchId, token],
      answers: 'count',
    }
  }

  forget({ gid, branchId }: BranchId): Statement {
    return { sql: `DELETE FROM ${this.#table} WHERE ${KEY}`, values: [gid, branchId], answers: 'count' }
  }

  /** The oldest first, those behind `after`. */
  list(after: BranchId & { registeredAt: number }, limit: number): Statement {
    return {
      sql: `SELECT gid, branch_id AS branch, created_at AS created FROM ${this.#table}
        WHERE created_at > ? OR (created_at = ? AND (gid > ? OR (gid = ? AND branch_id > ?)))
        ORDER BY created_at, gid, branch_id LIMIT ?`,
      values: [after.registeredAt, after.registeredAt, after.gid, after.gid, after.branchId, limit],
      answers: 'rows',
    }
  }

  listed(rows: readonly Row[]): (BranchId & { registeredAt: number })[] {
    return rows.map(({ gid, branch, created }) => ({
      gid: String(gid),
      branchId: String(branch),
      registeredAt: Number(created),
    }))
  }
}
