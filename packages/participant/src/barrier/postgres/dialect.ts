import { placeOf } from '../call.ts'
import type { BarrierDialect } from '../sql/dialect.ts'
import { barrierTable } from './table.ts'

export const POSTGRES: BarrierDialect = {
  create: (table) => [
    // CREATE TABLE IF NOT EXISTS fails where another is amid the same.
    { sql: `SELECT pg_advisory_xact_lock(hashtext('${table}'))::text AS held`, values: [], answers: 'rows' },
    { sql: barrierTable(table), values: [], answers: 'count' },
  ],

  // The rows of one INSERT go in their order. At READ COMMITTED whoever waited sees what he waited for; at a
  // stricter isolation it fails, and the transaction starts again.
  take: (table, rows, now) => [
    {
      sql: `INSERT INTO ${table} (gid, branch_id, place, op, state, created_at, touched_at)
        VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ')} ON CONFLICT DO NOTHING RETURNING place`,
      values: rows.flatMap(({ call, state }) => [
        call.gid,
        call.branchId,
        placeOf(call.op),
        call.op,
        state,
        now,
        now,
      ]),
      answers: 'rows',
    },
  ],

  taken: (rows, [result]) => {
    const inserted = new Set(result?.rows.map(({ place }) => place))
    return rows.map(({ call }) => inserted.has(placeOf(call.op)))
  },

  answerValue: (answer) => answer,
  answerColumn: 'answer',
  answerOf: ({ answer }) => answer as string | null,
}
