import { PROBE } from '../barrier/sql/rows.ts'
import type { Database } from '../databases/database.ts'
import { type DeadEvent, OutboxRows } from './rows.ts'
import { OUTBOX_DIALECTS } from './table.ts'
import { outboxName } from './table-names.ts'

/** Dead events that are read or let loose in one call. */
export const DEAD_EVENTS_MAX = 1_000

/** The first 1,000 events of an outbox that were given up, and why. */
export function deadEvents(database: Database<unknown>, table?: string): Promise<DeadEvent[]> {
  const rows = new OutboxRows(OUTBOX_DIALECTS[database.dialect], outboxName(table))
  return database.transact<DeadEvent[]>({
    isolation: 'read committed',
    first: [rows.deadEvents(DEAD_EVENTS_MAX)],
    work: async ({ results: [found] }) => ({ keep: false, value: found ? rows.deadIn(found) : [] }),
  })
}

/**
 * Has dead events sent again, once what was wrong is set right; answers how many. They come behind what was sent of
 * their keys meanwhile.
 */
export function retryDead(
  database: Database<unknown>,
  ids: readonly string[],
  table?: string,
): Promise<number> {
  if (ids.length > DEAD_EVENTS_MAX) throw new TypeError(`${ids.length} ids are more than ${DEAD_EVENTS_MAX}`)
  if (ids.length === 0) return Promise.resolve(0)
  const rows = new OutboxRows(OUTBOX_DIALECTS[database.dialect], outboxName(table))
  return database.transact<number>({
    isolation: 'read committed',
    first: [rows.revive(ids)],
    work: async ({ results: [revived] }) => ({ keep: true, value: revived?.count ?? 0, last: PROBE }),
  })
}
