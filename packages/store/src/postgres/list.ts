import type { ListQuery } from '@assent/contract'
import type { StorePage } from '@assent/engine'
import { cursorBehind, pageOf } from '../page.ts'
import type { Database } from './database.ts'
import { SORTED_MAX, type Walk, walkOf } from './filters.ts'
import { type KeptRow, rowOf } from './row.ts'
import { firstOf } from './statement.ts'
import { COUNTED_MAX, countQuestion, pageQuestion, prefixQuestion, type Question } from './walk.ts'

/**
 * Walks one index, and checks row by row what the index does not say: a filter that fits few of very many rows takes
 * long. A page with very large states may be shorter than asked for.
 */
export async function list(database: Database, query: ListQuery): Promise<StorePage> {
  const page = pageOf(query)
  const walk = walkOf(query, await isPrefixRare(database, query.gidPrefix))
  const { statement, values } = pageQuestion(walk, query, page)
  const found = await database.read<KeptRow & { found: number }>(statement, values)
  const rows = found.map(rowOf)
  const last = rows.at(-1)
  const hasMore = (found[0]?.found ?? 0) > rows.length
  const isWhole = !hasMore && page.after === undefined && (rows.length > 0 || page.offset === 0)
  const totalCount = isWhole ? page.offset + rows.length : await cheapCount(database, walk, query)
  return {
    rows,
    ...(hasMore && last !== undefined && { nextCursor: cursorBehind(last) }),
    ...(totalCount !== undefined && { totalCount }),
  }
}

/** Undefined where it is not cheap: where rows must be checked one by one, and where there are many. */
async function cheapCount(database: Database, walk: Walk, query: ListQuery): Promise<number | undefined> {
  if (walk.checks.length > 0) return undefined
  const number = await count(database, countQuestion(walk, query))
  return number > COUNTED_MAX ? undefined : number
}

/**
 * The order is by time, so a range of gids is of use only while it is small enough to be sorted. Else the
 * prefix is checked on the walk.
 */
async function isPrefixRare(database: Database, gidPrefix: string | undefined): Promise<boolean> {
  if (gidPrefix === undefined || gidPrefix === '') return false
  return (await count(database, prefixQuestion(gidPrefix))) <= SORTED_MAX
}

async function count(database: Database, { statement, values }: Question): Promise<number> {
  return firstOf(await database.read<{ number: number }>(statement, values)).number
}
