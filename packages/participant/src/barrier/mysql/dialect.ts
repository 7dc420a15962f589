import { placeOf } from '../call.ts'
import type { BarrierDialect } from '../sql/dialect.ts'
import { barrierTable } from './table.ts'

/**
 * An answer until the business has given one. Where drivers count only rows that changed, writing any answer
 * changes it.
 */
const NO_ANSWER_YET = ''

export const MYSQL: BarrierDialect = {
  create: (table) => [{ sql: barrierTable(table), values: [], answers: 'count' }],

  // INSERT IGNORE would share the lock of a row that is there, and two who share it can't both go on; it
  // would also cut what is too long. A row that is there has to change: then it counts twice with every
  // driver, and is told from a new one.
  take: (table, rows, now) =>
    rows.map(({ call, state }) => ({
      sql: `INSERT INTO ${table} (gid, branch_id, place, op, state, answer, created_at, touched_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE touched_at = touched_at + 1`,
      values: [call.gid, call.branchId, placeOf(call.op), call.op, state, NO_ANSWER_YET, now, now],
      answers: 'count',
    })),

  taken: (rows, results) => rows.map((_, place) => results[place]?.count === 1),

  // As bytes both ways, whatever the character set of the connection and the server's rules for quotes.
  answerValue: (answer) => Buffer.from(answer),
  answerColumn: 'CAST(answer AS BINARY) AS answer',
  answerOf: ({ answer }) => (answer === null ? null : String(answer) || null),
}
