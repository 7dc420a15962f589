import type { ListQuery } from '@assent/contract'
import type { StorePage } from '@assent/engine'
import { escapedText } from '../escaped-text.ts'
import { cursorBehind, type Page, pageOf } from '../page.ts'
import type { Database } from './database.ts'
import { type Place, prefixRange, SORTED_MAX, type Walk, walkOf } from './filters.ts'
import { ANSWER_BYTES_MAX, type KeptRow, ROW_COLUMNS, rowOf } from './row.ts'
import { firstOf, type Statement } from './statement.ts'

/** How far rows are counted for a total. */
const COUNTED_MAX = 10_000

/** A statement with its values. */
export interface Question {
  statement: Statement
  values: readonly (string | number)[]
}

/**
 * Walks one index from where the page begins, and checks row by row what the index does not say. A page with very
 * large states may be shorter than asked for.
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

/** Exported, as are the others, to be held against the indexes. */
export function pageQuestion(walk: Walk, query: ListQuery, page: Page): Question {
  return questionOf((place) => {
    const { keys } = walk
    const { tables, condition } = walked(walk, place)
    const { after } = page
    const behind =
      after &&
      `(${keys}.created_at, ${keys}.gid) < (${place(after.createdAt)}, ${place(escapedText(after.gid))})`
    const checks = walk.checks.map((check) => check(place))
    const where = whereOf([condition, ...rangeOf(query, keys, place), behind, ...checks])
    return `
    WITH page AS MATERIALIZED (
      SELECT t.gid, t.created_at, octet_length(t.state) AS bytes
      FROM ${tables} ${where}
      ORDER BY ${keys}.created_at DESC, ${keys}.gid DESC
      LIMIT ${place(page.limit + 1)} OFFSET ${place(page.offset)}),
    fitting AS (
      SELECT gid FROM (
        SELECT gid, sum(bytes) OVER newest - bytes AS before, row_number() OVER newest AS number
        FROM page WINDOW newest AS (ORDER BY created_at DESC, gid DESC)) AS running
      WHERE before < ${ANSWER_BYTES_MAX} AND number <= ${place(page.limit)})
    SELECT (SELECT count(*) FROM page) AS found, ${ROW_COLUMNS}
    FROM fitting JOIN transactions AS t ON t.gid = fitting.gid
    ORDER BY t.created_at DESC, t.gid DESC`
  })
}

export function countQuestion(walk: Walk, query: ListQuery): Question {
  return questionOf((place) => {
    const conditions = [walk.index?.(place), ...rangeOf(query, walk.keys, place)]
    // What the label's own table answers needs no other.
    const table = walk.keys === 'label' ? 'transaction_labels AS label' : 'transactions AS t'
    return `
    SELECT count(*) AS number FROM (
      SELECT FROM ${table} ${whereOf(conditions)} LIMIT ${COUNTED_MAX + 1}) AS counted`
  })
}

export function prefixQuestion(gidPrefix: string): Question {
  return questionOf(
    (place) => `
    SELECT count(*) AS number FROM (
      SELECT FROM transactions AS t WHERE ${prefixRange(gidPrefix)(place)} LIMIT ${SORTED_MAX + 1}) AS counted`,
  )
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

function questionOf(text: (place: Place) => string): Question {
  const values: (string | number)[] = []
  const place: Place = (value) => {
    values.push(value)
    return `$${values.length}::${typeof value === 'number' ? 'bigint' : 'text'}`
  }
  return { statement: { text: text(place) }, values }
}

/** The tables that a page is read from, and the conditions on them that an index answers. */
function walked(walk: Walk, place: Place): { tables: string; condition: string | undefined } {
  const condition = walk.index?.(place)
  // Apart from the rest, so that its index is used and not that of the order.
  if (walk.isSorted) {
    return {
      tables: `(SELECT * FROM transactions AS t WHERE ${condition} OFFSET 0) AS t`,
      condition: undefined,
    }
  }
  if (walk.keys === 't') return { tables: 'transactions AS t', condition }
  return { tables: 'transaction_labels AS label JOIN transactions AS t ON t.gid = label.gid', condition }
}

/** The times that are asked for. */
function rangeOf({ createdAfter, createdBefore }: ListQuery, keys: Walk['keys'], place: Place): string[] {
  return [
    ...(createdAfter === undefined ? [] : [`${keys}.created_at >= ${place(createdAfter)}`]),
    ...(createdBefore === undefined ? [] : [`${keys}.created_at < ${place(createdBefore)}`]),
  ]
}

function whereOf(conditions: readonly (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined)
  return given.length === 0 ? '' : `WHERE ${given.join(' AND ')}`
}
