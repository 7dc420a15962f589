import type { OwnedPage, Store } from '@assent/engine'
import { escapedText, unescapedText } from '../escaped-text.ts'
import type { Database } from './database.ts'
import type { Statement } from './statement.ts'

type Owned = Parameters<Store['owned']>[0]

/** What it sorts is bounded: an incarnation owns no more than it can drive. `OFFSET 0` has it found by its owner. */
export const OWNED: Statement = {
  name: 'owned',
  text: `
  SELECT o.gid, o.version
  FROM (
    SELECT t.gid, t.version FROM transactions AS t
    WHERE t.owner = $1::text AND t.owner IS NOT NULL AND t.ended_at IS NULL OFFSET 0) AS o
  WHERE o.gid > $2::text ORDER BY o.gid LIMIT $3::bigint`,
}

/** The cursor is the last gid seen. */
export async function owned(
  database: Database,
  { incarnation, limit, cursor = '' }: Owned,
): Promise<OwnedPage> {
  const found = await database.read<{ gid: string; version: number }>(OWNED, [
    escapedText(incarnation),
    escapedText(cursor),
    limit + 1,
  ])
  const transactions = found.slice(0, limit).map(({ gid, version }) => ({ gid: unescapedText(gid), version }))
  const last = transactions.at(-1)
  return { transactions, ...(found.length > limit && last !== undefined && { nextCursor: last.gid }) }
}
