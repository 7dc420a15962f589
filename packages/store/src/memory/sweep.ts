import type { Store, TransactionRow } from '@assent/engine'
import type { Tables } from './schema.ts'

type Sweep = Parameters<Store['sweep']>[0]

export function sweep(
  tables: Tables,
  { endedBefore, tombstonesBefore, limit }: Sweep,
): { swept: number; forgotten: number } {
  const forgotten = oldest(tables.tombstones.values(), tombstonesBefore, limit)
  for (const { gid } of forgotten) tables.tombstones.delete(gid)
  const swept = oldest(endedRows(tables), endedBefore, limit)
  for (const { gid, content, status, endedAt } of swept) {
    tables.transactions.delete(gid)
    tables.tombstones.set(gid, Object.freeze({ gid, content, status, endedAt }))
  }
  return { swept: swept.length, forgotten: forgotten.length }
}

function* endedRows(tables: Tables): Generator<TransactionRow & { endedAt: number }> {
  for (const row of tables.transactions.values()) {
    if (row.endedAt !== null) yield row as TransactionRow & { endedAt: number }
  }
}

function oldest<Ended extends { endedAt: number }>(
  all: Iterable<Ended>,
  before: number,
  limit: number,
): Ended[] {
  const found: Ended[] = []
  for (const one of all) if (one.endedAt < before) found.push(one)
  return found.sort((one, other) => one.endedAt - other.endedAt).slice(0, limit)
}
