import type { Store, TransactionRow } from '@assent/engine'
import { isAlive } from './incarnations.ts'
import { put, type Tables } from './schema.ts'

type Claim = Parameters<Store['claim']>[0]

export function claim(
  tables: Tables,
  { incarnation, applications, limit, writeId }: Claim,
): TransactionRow[] {
  const now = tables.now()
  if (!isAlive(tables, incarnation, now)) return []
  const claimable = [...tables.active.values()].filter(
    (row) => applications.includes(row.application) && isFree(tables, row, now),
  )
  return claimable
    .sort((one, other) => dueOf(one) - dueOf(other))
    .slice(0, limit)
    .map((row) => {
      const claimed = { ...row, owner: incarnation, writeId, version: row.version + 1 }
      put(tables, claimed)
      return claimed
    })
}

export function nextDueAt(tables: Tables, applications: readonly string[]): number | null {
  let next: number | null = null
  for (const { owner, dueAt, application } of tables.active.values()) {
    if (owner !== null || dueAt === null || !applications.includes(application)) continue
    if (next === null || dueAt < next) next = dueAt
  }
  return next
}

function isFree(tables: Tables, { owner, dueAt }: TransactionRow, now: number): boolean {
  if (owner === null) return dueAt !== null && dueAt <= now
  return !isAlive(tables, owner, now)
}

/** An orphan without a due time comes first: nothing says that it may wait. */
function dueOf({ dueAt }: TransactionRow): number {
  return dueAt ?? 0
}
