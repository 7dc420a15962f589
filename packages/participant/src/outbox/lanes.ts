import { PROBE } from '../barrier/sql/rows.ts'
import type { Database } from '../databases/database.ts'
import type { OutboxDialect } from './dialect.ts'
import type { OutboxRows } from './rows.ts'
import { ALL_LANES } from './table-names.ts'

/** How often a relay looks whether all lanes are there, milliseconds. What waits in one that is not is never found. */
export const LANES_CHECK_INTERVAL_MS = 10_000

/** Puts back the rows of lanes that are gone, as behind a TRUNCATE or a dump without data; answers how many. */
export function restoreLanes(
  database: Database<unknown>,
  dialect: OutboxDialect,
  rows: OutboxRows,
  table: string,
): Promise<number> {
  return database.transact<number>({
    isolation: 'read committed',
    first: [rows.allLanes()],
    work: async ({ session, results: [found] }) => {
      const there = new Set(found && rows.lanesIn(found))
      const missing = ALL_LANES.filter((lane) => !there.has(lane))
      if (missing.length === 0) return { keep: false, value: 0 }
      // Only those: one that is there may be held by a relay, for as long as the broker takes.
      await session.run({ sql: dialect.addLanes(table, missing), values: [], answers: 'count' })
      return { keep: true, value: missing.length, last: PROBE }
    },
  })
}
