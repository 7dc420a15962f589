import type { CallId } from '../barrier/call.ts'
import type { Found } from '../barrier/decision.ts'
import type { NewRow } from '../barrier/sql/dialect.ts'
import type { SqlRows } from '../barrier/sql/rows.ts'
import { RowGone } from '../barrier/sql/transactions.ts'
import type { Session, StatementResult } from '../databases/database.ts'

/** Inserts the row of a call, or finds what stands there; waits for whoever is amid the same. */
export async function takeRow(
  session: Session,
  rows: SqlRows,
  call: CallId,
  state: NewRow['state'],
): Promise<Found> {
  const row: NewRow[] = [{ call, state }]
  const results: StatementResult[] = []
  for (const statement of rows.take(row)) results.push(await session.run(statement))
  if (rows.taken(row, results)[0]) return 'inserted'
  const stored = rows.found(await session.run(rows.look(call)))
  if (stored === undefined) throw new RowGone('a row of the barrier was neither inserted nor found')
  return stored
}
