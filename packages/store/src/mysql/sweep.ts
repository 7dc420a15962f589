import type { Mode, Status } from '@assent/contract'
import type { Store } from '@assent/engine'
import { labelsKept } from '../labels.ts'
import { marksOf } from './marks.ts'
import { type Mark, removeMarks } from './put.ts'
import type { Session } from './session.ts'

type Sweep = Parameters<Store['sweep']>[0]

/** A row as ENDED gives it. */
interface EndedRow {
  gid: string
  content: string
  status: Status
  endedAt: number
  createdAt: number
  mode: Mode
  labels: string | null
  attention: number
}

/** What somebody else sweeps or writes at the moment is left to him. */
export const ENDED = `
  SELECT gid, content, status, ended_at AS endedAt, created_at AS createdAt, mode, labels, attention
  FROM assent_transactions FORCE INDEX (assent_turn)
  WHERE ended_at < ? ORDER BY ended_at LIMIT ? FOR UPDATE SKIP LOCKED`
export const OLD = `
  SELECT gid FROM assent_tombstones FORCE INDEX (assent_ended)
  WHERE ended_at < ? ORDER BY ended_at LIMIT ? FOR UPDATE SKIP LOCKED`
// One by one: a small table would be searched through for many gids at once, and others' rows waited for.
const REMOVE = 'DELETE FROM assent_transactions WHERE gid = ?'
const BURY = 'REPLACE INTO assent_tombstones (gid, content, status, ended_at) VALUES (?, ?, ?, ?)'
const FORGET = 'DELETE FROM assent_tombstones WHERE gid = ?'

export async function sweep(
  session: Session,
  { endedBefore, tombstonesBefore, limit }: Sweep,
): Promise<{ swept: number; forgotten: number }> {
  if (limit === 0) return { swept: 0, forgotten: 0 }
  const old = await session.query<{ gid: string }>(OLD, [tombstonesBefore, limit])
  await session.bulk(
    FORGET,
    old.map(({ gid }) => [gid]),
  )
  const ended = await session.query<EndedRow>(ENDED, [endedBefore, limit])
  await removeMarks(session, ended.flatMap(marksOfEnded))
  await session.bulk(
    REMOVE,
    ended.map(({ gid }) => [gid]),
  )
  await session.bulk(
    BURY,
    ended.map(({ gid, content, status, endedAt }) => [gid, content, status, String(endedAt)]),
  )
  return { swept: ended.length, forgotten: old.length }
}

function marksOfEnded(row: EndedRow): Mark[] {
  const marks = marksOf({ ...row, labels: labelsKept(row.labels), attention: row.attention === 1 })
  return marks.map((mark) => [mark, row.createdAt, row.gid])
}
