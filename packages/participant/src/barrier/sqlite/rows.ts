import type { GidRows } from '../barrier.ts'
import { type BarrierOperation, type CallId, placeOf } from '../call.ts'
import type { Conclusion } from '../conclusion.ts'
import type { Found, StoredAnswer } from '../decision.ts'
import { storedAnswer } from '../stored.ts'
import { columnsOf, type SqliteDatabase, type SqliteStatement } from './database.ts'

const STORED_COLUMNS = ['op', 'state', 'answer'] as const
const PAGE_COLUMNS = ['gid', 'touched_at', 'ongoing'] as const

/** The statements of the barrier's table. Each runs in the transaction that its caller has opened. */
export class SqliteRows {
  readonly #now: () => number
  readonly #insert: SqliteStatement
  readonly #find: SqliteStatement
  readonly #conclude: SqliteStatement
  readonly #page: SqliteStatement
  readonly #forget: SqliteStatement

  /** The table must exist. `now` answers epoch milliseconds. */
  constructor(database: SqliteDatabase, table: string, now: () => number) {
    const key = 'gid = ? AND branch_id = ? AND place = ?'
    this.#now = now
    this.#insert = database.prepare(
      `INSERT INTO ${table} (gid, branch_id, place, op, state, created_at, touched_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    this.#find = database.prepare(`SELECT ${STORED_COLUMNS.join(', ')} FROM ${table} WHERE ${key}`)
    this.#conclude = database.prepare(
      `UPDATE ${table} SET state = ?, answer = ?, touched_at = ? WHERE ${key}`,
    )
    this.#page = database.prepare(
      `SELECT gid, max(touched_at) AS touched_at, max(state = 'ongoing') AS ongoing
       FROM ${table} WHERE gid > ? GROUP BY gid ORDER BY gid LIMIT ?`,
    )
    // All rows of a gid or none: a row that outlives its undo's would let a late call through.
    this.#forget = database.prepare(
      `DELETE FROM ${table} WHERE gid = ?1 AND NOT EXISTS
       (SELECT 1 FROM ${table} WHERE gid = ?1 AND (state = 'ongoing' OR touched_at > ?2))`,
    )
  }

  /** Inserts the row of a call, or finds what stands there. */
  take(call: CallId, state: 'planted' | 'ongoing'): Found {
    const now = this.#now()
    const place = placeOf(call.op)
    const { changes } = this.#insert.run(call.gid, call.branchId, place, call.op, state, now, now)
    if (Number(changes) === 1) return 'inserted'
    const found = this.find(call)
    if (found === undefined) throw new Error('a row of the barrier was neither inserted nor found')
    return found
  }

  find(call: CallId): StoredAnswer | undefined {
    const row = this.#find.get(call.gid, call.branchId, placeOf(call.op))
    if (row === undefined || row === null) return undefined
    const [op, state, answer] = columnsOf(row, STORED_COLUMNS)
    return storedAnswer(op as BarrierOperation, state as StoredAnswer['state'], answer as string | null)
  }

  /** Puts the answer into a row that was taken. */
  conclude(call: CallId, { state, answer }: Conclusion): void {
    this.#conclude.run(state, answer, this.#now(), call.gid, call.branchId, placeOf(call.op))
  }

  page(after: string, limit: number): GidRows[] {
    return this.#page.all(after, limit).map((row) => {
      const [gid, touchedAt, ongoing] = columnsOf(row, PAGE_COLUMNS)
      return { gid: String(gid), touchedAt: Number(touchedAt), ongoing: Number(ongoing) === 1 }
    })
  }

  /** Answers whether the gid's rows went. */
  forget(gid: string, untouchedSince: number): boolean {
    return Number(this.#forget.run(gid, untouchedSince).changes) > 0
  }
}
