import type { OwnedPage, Store } from '@assent/engine'
import { escapedText, unescapedText } from '../escaped-text.ts'
import type { Session } from './session.ts'

type Owned = Parameters<Store['owned']>[0]

/** What it sorts is bounded: an incarnation owns no more than it can drive. */
export const OWNED = ownedWhere('TRUE')
export const OWNED_BEHIND = ownedWhere('gid > ?')

/** The cursor is the gid of the last row seen. */
export async function owned(session: Session, { incarnation, limit, cursor }: Owned): Promise<OwnedPage> {
  const owner = escapedText(incarnation)
  const rows = await session.query<{ gid: string; version: number }>(
    cursor === undefined ? OWNED : OWNED_BEHIND,
    cursor === undefined ? [owner, limit + 1] : [owner, escapedText(cursor), limit + 1],
  )
  const transactions = rows.slice(0, limit).map(({ gid, version }) => ({ gid: unescapedText(gid), version }))
  const last = transactions.at(-1)
  return { transactions, ...(rows.length > limit && last !== undefined && { nextCursor: last.gid }) }
}

function ownedWhere(isBehind: string): string {
  return `SELECT gid, version FROM assent_transactions FORCE INDEX (assent_turn)
    WHERE ended_at IS NULL AND owner = ? AND ${isBehind} ORDER BY gid LIMIT ?`
}
