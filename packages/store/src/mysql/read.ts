import type { Tombstone, TransactionRow } from '@assent/engine'
import { escapedText } from '../escaped-text.ts'
import {
  type KeptRow,
  type KeptTombstone,
  ROW_COLUMNS,
  rowOf,
  TOMBSTONE_COLUMNS,
  tombstoneOf,
} from './row.ts'
import type { Session } from './session.ts'

export const ROWS = `
  SELECT ${ROW_COLUMNS} FROM assent_transactions AS t FORCE INDEX (assent_gid) WHERE t.gid IN (?)`
export const TOMBSTONES = `
  SELECT ${TOMBSTONE_COLUMNS} FROM assent_tombstones FORCE INDEX (PRIMARY) WHERE gid IN (?)`

export async function read(
  session: Session,
  gids: readonly string[],
): Promise<(TransactionRow | undefined)[]> {
  if (gids.length === 0) return []
  return inOrder(gids, await readKept(session, gids.map(escapedText)))
}

/** The rows of gids as they are kept, in whatever order. */
export async function readKept(session: Session, gids: readonly string[]): Promise<TransactionRow[]> {
  const rows = await session.query<KeptRow>(ROWS, [gids])
  return rows.map(rowOf)
}

export async function readTombstones(
  session: Session,
  gids: readonly string[],
): Promise<(Tombstone | undefined)[]> {
  if (gids.length === 0) return []
  const tombstones = await session.query<KeptTombstone>(TOMBSTONES, [gids.map(escapedText)])
  return inOrder(gids, tombstones.map(tombstoneOf))
}

/** What was found, in the order in which it was asked for. */
function inOrder<Found extends { gid: string }>(
  gids: readonly string[],
  found: readonly Found[],
): (Found | undefined)[] {
  const byGid = new Map(found.map((one) => [one.gid, one]))
  return gids.map((gid) => byGid.get(gid))
}
