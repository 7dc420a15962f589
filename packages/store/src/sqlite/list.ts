import { setImmediate } from 'node:timers/promises'
import type { ListQuery } from '@assent/contract'
import type { TransactionRow } from '@assent/engine'
import type { Page } from '../page.ts'
import type { Database } from './database.ts'
import { prefixRange, SORTED_MAX, type Walk, walkOf } from './filters.ts'
import { ANSWER_CHARACTERS_MAX, ROW_COLUMNS, rowOf } from './row.ts'
import { textToKeep } from './text.ts'
import { countIn, idsIn, type Range, SLICE_KEYS, sliceEnd } from './walk.ts'

/** How far rows are counted for a total. */
const COUNTED_MAX = 10_000

export interface Found {
  rows: TransactionRow[]
  hasMore: boolean
  totalCount?: number
}

interface Results {
  rows: TransactionRow[]
  characters: number
  toSkip: number
  hasMore: boolean
}

const ROW = `SELECT ${ROW_COLUMNS} FROM transactions WHERE id = ?`

/**
 * Walks one index in slices, and checks row by row what the index does not say: a filter that fits few of very
 * many rows takes long only for whoever asked. A page with very large states may be shorter than asked for.
 */
export async function list(database: Database, query: ListQuery, page: Page): Promise<Found> {
  const walk = walkOf(query, isPrefixRare(database, query.gidPrefix))
  const all = rangeOf(query)
  const results: Results = { rows: [], characters: 0, toSkip: page.offset, hasMore: false }
  for (let range = behind(all, page); ; ) {
    const end = sliceEnd(database, walk, range)
    if (end === undefined) {
      take(database, walk, range, page.limit, results)
      break
    }
    if (walk.checks.length === 0 && results.toSkip >= SLICE_KEYS) results.toSkip -= SLICE_KEYS
    else take(database, walk, { above: range.above, bottom: end }, page.limit, results)
    if (results.hasMore) break
    range = { above: end, bottom: range.bottom }
    await setImmediate()
  }
  const { rows, hasMore, toSkip } = results
  const isWhole = !hasMore && page.after === undefined
  const totalCount = isWhole ? page.offset - toSkip + rows.length : cheapCount(database, walk, all)
  return { rows, hasMore, ...(totalCount !== undefined && { totalCount }) }
}

/** Everything between the times that are asked for. */
export function rangeOf({ createdAfter, createdBefore }: ListQuery): Range {
  return {
    above: { createdAt: createdBefore ?? Number.MAX_SAFE_INTEGER, gid: '' },
    bottom: { createdAt: createdAfter ?? Number.MIN_SAFE_INTEGER, gid: '' },
  }
}

function behind(range: Range, { after }: Page): Range {
  if (after === undefined || after.createdAt >= range.above.createdAt) return range
  return { above: { createdAt: after.createdAt, gid: textToKeep(after.gid) }, bottom: range.bottom }
}

/** Adds the rows of a slice that fit, until the page is full. */
function take(database: Database, walk: Walk, slice: Range, limit: number, results: Results): void {
  const wanted = results.toSkip + limit - results.rows.length + 1
  const ids = idsIn(database, walk, slice, wanted)
  const skipped = Math.min(results.toSkip, ids.length)
  results.toSkip -= skipped
  for (const id of ids.slice(skipped)) {
    if (results.rows.length >= limit || results.characters >= ANSWER_CHARACTERS_MAX) {
      results.hasMore = true
      return
    }
    const row = rowOf(database.sql(ROW).get(id))
    results.rows.push(row)
    results.characters += row.state.length
  }
}

/** Undefined where it is not cheap: where rows must be checked one by one, and where there are many. */
function cheapCount(database: Database, walk: Walk, all: Range): number | undefined {
  if (walk.checks.length > 0) return undefined
  const number = countIn(database, walk, all, COUNTED_MAX + 1)
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
