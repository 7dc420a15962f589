import { isEnded, type ListQuery } from '@assent/contract'
import type { StorePage, TransactionRow } from '@assent/engine'
import { cursorBehind, type Position, pageOf } from '../page.ts'
import type { Tables } from './schema.ts'

export function list(tables: Tables, query: ListQuery): StorePage {
  const { limit, offset, after } = pageOf(query)
  const isActive = query.status !== undefined && !isEnded(query.status)
  const searched = isActive ? tables.active : tables.transactions
  const matching = [...searched.values()].filter((row) => matches(row, query)).sort(newestFirst)
  const rest = after === undefined ? matching : matching.filter((row) => newestFirst(after, row) < 0)
  const rows = rest.slice(offset, offset + limit)
  const last = rows.at(-1)
  const hasMore = rest.length > offset + limit && last !== undefined
  return { rows, totalCount: matching.length, ...(hasMore && { nextCursor: cursorBehind(last) }) }
}

function matches(row: TransactionRow, query: ListQuery): boolean {
  const { status, mode, name, label, attention, createdAfter, createdBefore, gidPrefix } = query
  if (status !== undefined && row.status !== status) return false
  if (mode !== undefined && row.mode !== mode) return false
  if (name !== undefined && row.name !== name) return false
  if (attention !== undefined && row.attention !== attention) return false
  if (createdAfter !== undefined && row.createdAt < createdAfter) return false
  if (createdBefore !== undefined && row.createdAt >= createdBefore) return false
  if (gidPrefix !== undefined && !row.gid.startsWith(gidPrefix)) return false
  return (
    label === undefined || (Object.hasOwn(row.labels, label.key) && row.labels[label.key] === label.value)
  )
}

function newestFirst(one: Position, other: Position): number {
  if (one.createdAt !== other.createdAt) return other.createdAt - one.createdAt
  if (one.gid === other.gid) return 0
  return one.gid > other.gid ? -1 : 1
}
