import type { Database } from '../databases/database.ts'
import { OutboxRows } from './rows.ts'
import { OUTBOX_DIALECTS } from './table.ts'
import { outboxName } from './table-names.ts'

/** Events are counted up to here. */
export const LAG_COUNT_MAX = 100_000

export interface OutboxLag {
  /** How long the oldest event that waits has stood in the outbox, milliseconds; 0 where nothing waits. */
  oldestMs: number
  /** Events that wait to be sent, up to 100,000. */
  waiting: number
  /** Events that were given up and wait for a person, up to 100,000. */
  dead: number
}

/** What waits in an outbox. Throws what the driver throws. */
export function outboxLag(database: Database<unknown>, table?: string): Promise<OutboxLag> {
  const rows = new OutboxRows(OUTBOX_DIALECTS[database.dialect], outboxName(table))
  return database.transact<OutboxLag>({
    isolation: 'read committed',
    first: [rows.lag(LAG_COUNT_MAX)],
    work: async ({ results: [found] }) => {
      const { waiting, dead, oldest } = found?.rows[0] ?? {}
      const oldestMs = Math.max(0, Number(oldest ?? 0))
      return { keep: false, value: { oldestMs, waiting: Number(waiting), dead: Number(dead) } }
    },
  })
}
