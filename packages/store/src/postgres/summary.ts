import { isEnded, STATUSES, type Status } from '@assent/contract'
import type { StoreSummary } from '@assent/engine'
import type { Database } from './database.ts'
import type { Statement } from './statement.ts'

const ACTIVE_STATUSES = STATUSES.filter((status) => !isEnded(status))

const IS_ACTIVE = "t.status = a.status AND t.status NOT IN ('COMMITTED', 'ABORTED')"

/** Each question for itself, answered from an index that holds nothing else. */
export const SUMMARY: Statement = {
  name: 'summary',
  text: `
  SELECT a.status,
    (SELECT count(*) FROM transactions AS t WHERE ${IS_ACTIVE}) AS number,
    (SELECT min(t.created_at) FROM transactions AS t WHERE ${IS_ACTIVE}) AS oldest,
    (SELECT count(*) FROM transactions AS t WHERE t.attention) AS attention
  FROM (VALUES ${ACTIVE_STATUSES.map((status) => `('${status}')`)}) AS a(status)`,
}

interface Counted {
  status: Status
  number: number
  oldest: number | null
  attention: number
}

export async function summary(database: Database): Promise<StoreSummary> {
  const rows = await database.read<Counted>(SUMMARY)
  const active: Partial<Record<Status, number>> = {}
  let oldestUndecidedAt: number | null = null
  for (const { status, number, oldest } of rows) {
    if (oldest === null) continue
    active[status] = number
    oldestUndecidedAt = Math.min(oldest, oldestUndecidedAt ?? oldest)
  }
  return { active, oldestUndecidedAt, attention: rows[0]?.attention ?? 0 }
}
