import type { Status } from '@assent/contract'
import type { StoreSummary } from '@assent/engine'
import { ATTENTION_MARK } from './marks.ts'
import type { Session } from './session.ts'

export const ACTIVE = `
  SELECT status, COUNT(*) AS number, MIN(created_at) AS oldest
  FROM assent_transactions FORCE INDEX (assent_turn) WHERE ended_at IS NULL GROUP BY status`
export const ATTENTION = 'SELECT COUNT(*) AS number FROM assent_marks FORCE INDEX (PRIMARY) WHERE mark = ?'

export async function summary(session: Session): Promise<StoreSummary> {
  const [rows, [counted]] = await Promise.all([
    session.query<{ status: Status; number: number; oldest: number }>(ACTIVE),
    session.query<{ number: number }>(ATTENTION, [ATTENTION_MARK]),
  ])
  const active: Partial<Record<Status, number>> = {}
  for (const { status, number } of rows) active[status] = number
  const oldestUndecidedAt = rows.length === 0 ? null : Math.min(...rows.map((row) => row.oldest))
  return { active, oldestUndecidedAt, attention: counted?.number ?? 0 }
}
