import { setImmediate } from 'node:timers/promises'
import type { ListQuery } from '@assent/contract'
import type { TransactionRow } from '@assent/engine'
import type { Page, Position } from '../page.ts'
import type { Database } from './database.ts'
import { prefixRange, SORTED_MAX, type Walk, walkOf } from './filters.ts'
import { ROW_COLUMNS, rowOf } from './row.ts'
import { type Text, textToKeep } from './text.ts'

/** Keys walked before other requests have their turn; a few milliseconds. */
const SLICE_KEYS = 2_000
/** Characters of state after which a page ends early, so that it fits into memory many times over. */
const PAGE_CHARACTERS_MAX = 16 * 1024 * 1024
/** How far rows are counted for a total. */
const COUNTED_MAX = 10_000

export interface Found {
  rows: TransactionRow[]
  hasMore: boolean
  totalCount?: number
}

/** A place in the walk, as the columns have it; what is older comes after it. */
interface Key {
  createdAt: number
  gid: Text
}

const ROW = `SELECT ${ROW_COLUMNS} FROM transactions WHERE id = ?`

/**
 * Walks one index in slices and checks what the index does not say, so that a filter which fits few of many
 * rows takes long only for whoever asked. A page with very large states may be shorter than asked for.
 */
export async function list(database: Database, query: ListQuery, page: Page): Promise<Found> {
  const walk = walkOf(query, isPrefixRare(database, query.gidPrefix))
  const results: Results = { rows: [], characters: 0, toSkip: page.offset, hasMore: false }
  for (let from = startOf(query, page.after); ; ) {
    const end = walkSlice(database, walk, query, from, page.limit, results)
    if (end === undefined) break
    from = end
    await setImmediate()
  }
  const { rows, hasMore, toSkip } = results
  const isWhole = !hasMore && page.after === undefined
  const totalCount = isWhole ? page.offset - toSkip + rows.length : count(database, walk, query)
  return { rows, hasMore, ...(totalCount !== undefined && { totalCount }) }
}

interface Results {
  rows: TransactionRow[]
  characters: number
  toSkip: number
  hasMore: boolean
}

/** Answers where to go on; undefined when the page or the index has ended. */
function walkSlice(
  database: Database,
  walk: Walk,
  query: ListQuery,
  from: Key,
  limit: number,
  results: Results,
): Key | undefined {
  const { sql, values } = keysOf(walk, query, from)
  let walked = 0
  for (const found of database.sql(sql).iterate(...values)) {
    const key = found as unknown as Key & { id: number; matches: number }
    walked += 1
    if (key.matches === 1 && results.toSkip > 0) results.toSkip -= 1
    else if (key.matches === 1) {
      if (results.rows.length >= limit || results.characters >= PAGE_CHARACTERS_MAX) {
        results.hasMore = true
        return undefined
      }
      const row = rowOf(database.sql(ROW).get(key.id))
      results.rows.push(row)
      results.characters += row.state.length
    }
    if (walked >= SLICE_KEYS) return { createdAt: key.createdAt, gid: key.gid }
  }
  return undefined
}

/** The statement that walks: exported to be held against the indexes. */
export function keysOf(walk: Walk, query: ListQuery, from: Key): { sql: string; values: (Text | number)[] } {
  const { keys, index, checks } = walk
  const matches = checks.map((check) => `(${check.sql})`).join(' AND ') || '1'
  const sql = `
    SELECT ${keys === 't' ? 't.id' : 'label.transaction_id'} AS id, ${keys}.created_at AS createdAt,
      ${keys}.gid AS gid, (${matches}) AS matches
    FROM ${checks.length === 0 && keys === 'label' ? 'transaction_labels AS label' : walk.from}
    WHERE ${index.sql} AND (${keys}.created_at, ${keys}.gid) < (?, ?) AND ${keys}.created_at >= ?
    ORDER BY ${keys}.created_at DESC, ${keys}.gid DESC`
  const checked = checks.flatMap((check) => check.values)
  return { sql, values: [...checked, ...index.values, from.createdAt, from.gid, oldestOf(query)] }
}

/** The first key is looked for below this one. */
export function startOf({ createdBefore }: ListQuery, after: Position | undefined): Key {
  const before = { createdAt: createdBefore ?? Number.MAX_SAFE_INTEGER, gid: '' }
  if (after === undefined || after.createdAt >= before.createdAt) return before
  return { createdAt: after.createdAt, gid: textToKeep(after.gid) }
}

function oldestOf({ createdAfter }: ListQuery): number {
  return createdAfter ?? Number.MIN_SAFE_INTEGER
}

/** Undefined where it is not cheap: where rows must be checked one by one, and where there are many. */
function count(database: Database, walk: Walk, query: ListQuery): number | undefined {
  if (walk.checks.length > 0) return undefined
  const { sql, values } = keysOf(walk, query, startOf(query, undefined))
  const counted = database
    .sql(`SELECT count(*) AS number FROM (${sql} LIMIT ?)`)
    .get(...values, COUNTED_MAX + 1)
  const { number } = counted as { number: number }
  return number > COUNTED_MAX ? undefined : number
}

/**
 * The order is by time, so a range of gids is of use only while it is small enough to be sorted. Else the
 * prefix is checked on the walk, for which the key itself is enough.
 */
function isPrefixRare(database: Database, gidPrefix: string | undefined): boolean {
  if (gidPrefix === undefined || gidPrefix === '') return false
  const { sql, values } = prefixRange(gidPrefix)
  const counted = database
    .sql(`SELECT count(*) AS number FROM (SELECT 1 FROM transactions AS t WHERE ${sql} LIMIT ?)`)
    .get(...values, SORTED_MAX + 1)
  return (counted as { number: number }).number <= SORTED_MAX
}
