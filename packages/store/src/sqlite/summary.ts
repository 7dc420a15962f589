import { isEnded, STATUSES, type Status } from '@assent/contract'
import type { StoreSummary } from '@assent/engine'
import type { Database } from './database.ts'

const ACTIVE_STATUSES = STATUSES.filter((status) => !isEnded(status))

export const ACTIVE = `
  SELECT status, count(*) AS number, min(created_at) AS oldest
  FROM transactions INDEXED BY transactions_status
  WHERE status IN (${ACTIVE_STATUSES.map((status) => `'${status}'`)}) GROUP BY status`
export const ATTENTION = `
  SELECT count(*) AS number FROM transactions INDEXED BY transactions_attention WHERE attention = 1`

export function summary(database: Database): StoreSummary {
  const rows = database.sql(ACTIVE).all() as { status: Status; number: number; oldest: number }[]
  const active: Partial<Record<Status, number>> = {}
  for (const { status, number } of rows) active[status] = number
  const oldestUndecidedAt = rows.length === 0 ? null : Math.min(...rows.map((row) => row.oldest))
  const { number: attention } = database.sql(ATTENTION).get() as { number: number }
  return { active, oldestUndecidedAt, attention }
}
