import type { OwnedPage, Store } from '@assent/engine'
import type { Tables } from './schema.ts'

type Owned = Parameters<Store['owned']>[0]

export function owned(tables: Tables, { incarnation, limit, cursor = '' }: Owned): OwnedPage {
  const behind = [...tables.active.values()]
    .filter(({ owner, gid }) => owner === incarnation && gid > cursor)
    .sort((one, other) => (one.gid < other.gid ? -1 : 1))
  const transactions = behind.slice(0, limit).map(({ gid, version }) => ({ gid, version }))
  const last = transactions.at(-1)
  return { transactions, ...(behind.length > limit && last !== undefined && { nextCursor: last.gid }) }
}
