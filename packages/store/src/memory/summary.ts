import type { Status } from '@assent/contract'
import type { StoreSummary } from '@assent/engine'
import type { Tables } from './schema.ts'

export function summary(tables: Tables): StoreSummary {
  const active: Partial<Record<Status, number>> = {}
  let oldestUndecidedAt: number | null = null
  for (const { status, createdAt } of tables.active.values()) {
    active[status] = (active[status] ?? 0) + 1
    if (oldestUndecidedAt === null || createdAt < oldestUndecidedAt) oldestUndecidedAt = createdAt
  }
  let attention = 0
  for (const row of tables.transactions.values()) if (row.attention) attention += 1
  return { active, oldestUndecidedAt, attention }
}
