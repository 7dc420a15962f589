import type { OwnedPage, Store } from '@assent/engine'
import type { Database } from './database.ts'
import { type Text, textKept, textToKeep } from './text.ts'

type Owned = Parameters<Store['owned']>[0]

/** What it sorts is bounded: an incarnation owns no more than it can drive. */
export const OWNED_BEHIND = `
  SELECT id FROM transactions INDEXED BY transactions_owned
  WHERE owner = ? AND owner IS NOT NULL AND ended_at IS NULL AND id > ? ORDER BY id LIMIT ?`
export const FENCES = `
  SELECT id, gid, version FROM transactions WHERE id IN (${OWNED_BEHIND}) ORDER BY id`

/** The cursor is the number of the last row seen. */
export function owned(database: Database, { incarnation, limit, cursor = '0' }: Owned): OwnedPage {
  const found = database.sql(FENCES).all(textToKeep(incarnation), Number(cursor), limit + 1) as unknown as {
    id: number
    gid: Text
    version: number
  }[]
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    transactions: page.map(({ gid, version }) => ({ gid: textKept(gid), version })),
    ...(found.length > limit && last !== undefined && { nextCursor: String(last.id) }),
  }
}
