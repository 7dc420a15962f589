import type { Status } from '@assent/contract'
import type { Store } from '@assent/engine'
import type { Database } from './database.ts'
import type { Text } from './text.ts'
import { removeLabels } from './write.ts'

type Sweep = Parameters<Store['sweep']>[0]

interface EndedRow {
  id: number
  gid: Text
  content: Text
  status: Status
  endedAt: number
  createdAt: number
  labels: string | null
}

export const ENDED = `
  SELECT id, gid, content, status, ended_at AS endedAt, created_at AS createdAt, labels
  FROM transactions INDEXED BY transactions_sweep
  WHERE ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?`
export const FORGET = `
  DELETE FROM tombstones WHERE gid IN (
    SELECT gid FROM tombstones INDEXED BY tombstones_ended WHERE ended_at < ? ORDER BY ended_at LIMIT ?)`
const REMOVE = 'DELETE FROM transactions WHERE id = ?'
const BURY = 'INSERT INTO tombstones (gid, content, status, ended_at) VALUES (?, ?, ?, ?)'

export function sweep(
  database: Database,
  { endedBefore, tombstonesBefore, limit }: Sweep,
): { swept: number; forgotten: number } {
  return database.transaction(() => {
    const forgotten = database.sql(FORGET).run(tombstonesBefore, limit).changes
    const rows = database.sql(ENDED).all(endedBefore, limit) as unknown as EndedRow[]
    // All are removed before the first is buried, so that a full database has room for what takes their place.
    for (const row of rows) {
      removeLabels(database, row.labels, row.createdAt, row.gid)
      database.sql(REMOVE).run(row.id)
    }
    for (const { gid, content, status, endedAt } of rows) {
      database.sql(BURY).run(gid, content, status, endedAt)
    }
    return { swept: rows.length, forgotten: Number(forgotten) }
  })
}
