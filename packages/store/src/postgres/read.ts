import type { Tombstone, TransactionRow } from '@assent/engine'
import { escapedText } from '../escaped-text.ts'
import { textArray } from './arrays.ts'
import type { Database } from './database.ts'
import {
  type KeptRow,
  type KeptTombstone,
  ROW_COLUMNS,
  rowOf,
  TOMBSTONE_COLUMNS,
  tombstoneOf,
} from './row.ts'
import type { Statement } from './statement.ts'

export const ROWS: Statement = {
  name: 'rows',
  text: `SELECT ${ROW_COLUMNS} FROM transactions AS t WHERE t.gid = ANY($1::text[])`,
}
export const TOMBSTONES: Statement = {
  name: 'tombstones',
  text: `SELECT ${TOMBSTONE_COLUMNS} FROM tombstones WHERE gid = ANY($1::text[])`,
}

export async function read(
  database: Database,
  gids: readonly string[],
): Promise<(TransactionRow | undefined)[]> {
  if (gids.length === 0) return []
  const found = await database.read<KeptRow>(ROWS, [textArray(gids.map(escapedText))])
  return inOrder(gids, found.map(rowOf))
}

export async function readTombstones(
  database: Database,
  gids: readonly string[],
): Promise<(Tombstone | undefined)[]> {
  if (gids.length === 0) return []
  const found = await database.read<KeptTombstone>(TOMBSTONES, [textArray(gids.map(escapedText))])
  return inOrder(gids, found.map(tombstoneOf))
}

function inOrder<Found extends { gid: string }>(
  gids: readonly string[],
  found: readonly Found[],
): (Found | undefined)[] {
  const byGid = new Map(found.map((one) => [one.gid, one]))
  return gids.map((gid) => byGid.get(gid))
}
