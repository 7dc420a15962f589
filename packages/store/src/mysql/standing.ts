import type { Mode, Status } from '@assent/contract'
import type { TransactionRow, WriteAnswer } from '@assent/engine'
import { unescapedText } from '../escaped-text.ts'
import { labelsKept } from '../labels.ts'
import type { Given } from './given.ts'
import { marksOf } from './marks.ts'
import type { Mark } from './put.ts'
import { TOMBSTONES } from './read.ts'
import { type KeptTombstone, tombstoneOf } from './row.ts'
import type { Session } from './session.ts'

/** What stands where rows are to be written: rows, which stay as they are until the transaction ends, and tombstones. */
export interface Standing {
  rows: ReadonlyMap<string, StandingRow>
  tombstones: ReadonlyMap<string, KeptTombstone>
}

/** A row as LOCKED gives it. */
interface StandingRow {
  gid: string
  version: number
  owner: string | null
  writeId: string
  createdAt: number
  status: Status
  mode: Mode
  labels: string | null
  attention: number
}

export const LOCKED = `
  SELECT gid, version, owner, write_id AS writeId, created_at AS createdAt, status, mode, labels, attention
  FROM assent_transactions FORCE INDEX (assent_gid) WHERE gid IN (?) FOR UPDATE`

/** Rows come first: one that a sweep is removing is waited for, and then its tombstone is there to be seen. */
export async function lockStanding(session: Session, given: readonly Given[]): Promise<Standing> {
  const gids = given.map(({ gid }) => gid)
  const [rows, tombstones] = await Promise.all([
    session.query<StandingRow>(LOCKED, [gids]),
    session.query<KeptTombstone>(TOMBSTONES, [gids]),
  ])
  return {
    rows: new Map(rows.map((row) => [row.gid, row])),
    tombstones: new Map(tombstones.map((tombstone) => [tombstone.gid, tombstone])),
  }
}

/** What stands in the way of a write; undefined when nothing does. */
export function conflictOf({ rows, tombstones }: Standing, { gid, write }: Given): WriteAnswer | undefined {
  const row = rows.get(gid)
  if (row !== undefined) {
    return row.version === write.expect ? undefined : { outcome: 'conflict', row: fenceOf(row) }
  }
  const tombstone = tombstones.get(gid)
  if (tombstone !== undefined) return { outcome: 'conflict', tombstone: tombstoneOf(tombstone) }
  return write.expect === 0 ? undefined : { outcome: 'conflict' }
}

/** The marks that a row has. */
export function standingMarks({ rows }: Standing, { gid }: Given): Mark[] {
  const row = rows.get(gid)
  if (row === undefined) return []
  const marks = marksOf({ ...row, labels: labelsKept(row.labels), attention: row.attention === 1 })
  return marks.map((mark) => [mark, row.createdAt, gid])
}

function fenceOf({
  version,
  owner,
  writeId,
}: StandingRow): Pick<TransactionRow, 'version' | 'owner' | 'writeId'> {
  return { version, owner: owner === null ? null : unescapedText(owner), writeId: unescapedText(writeId) }
}
