import { PROBE } from '../barrier/sql/rows.ts'
import type { Database } from '../databases/database.ts'
import { OutboxRows } from './rows.ts'
import { OUTBOX_DIALECTS } from './table.ts'
import { outboxName } from './table-names.ts'

const DAY_MS = 86_400_000
/** How long an event is kept that was sent, milliseconds. */
export const OUTBOX_RETENTION_MS = 7 * DAY_MS
/** Events that go in one transaction. */
export const OUTBOX_SWEEP_BATCH = 1_000

export interface OutboxSweepOptions {
  /** The outbox's table, `assent_outbox` by default. */
  table?: string
  /** How long an event is kept that was sent, milliseconds; a week by default. */
  retentionMs?: number
}

/**
 * Deletes events that were sent long enough ago; answers how many. Those that wait and those that are dead stay.
 * Throws what the driver throws; what went until then is gone rightly.
 */
export async function sweepOutbox(
  database: Database<unknown>,
  { table, retentionMs = OUTBOX_RETENTION_MS }: OutboxSweepOptions = {},
): Promise<number> {
  const rows = new OutboxRows(OUTBOX_DIALECTS[database.dialect], outboxName(table))
  let swept = 0
  for (;;) {
    const gone = await sweepBatch(database, rows, retentionMs)
    swept += gone
    if (gone < OUTBOX_SWEEP_BATCH) return swept
  }
}

function sweepBatch(database: Database<unknown>, rows: OutboxRows, retentionMs: number): Promise<number> {
  return database.transact<number>({
    isolation: 'read committed',
    first: [rows.findSent(retentionMs, OUTBOX_SWEEP_BATCH)],
    work: async ({ session, results: [found] }) => {
      const ids = found ? rows.idsIn(found) : []
      if (ids.length === 0) return { keep: false, value: 0 }
      await session.run(rows.delete(ids))
      return { keep: true, value: ids.length, last: PROBE }
    },
  })
}
