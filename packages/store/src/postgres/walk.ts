import type { ListQuery } from '@assent/contract'
import { escapedText } from '../escaped-text.ts'
import type { Page } from '../page.ts'
import { type Place, prefixRange, SORTED_MAX, type Walk } from './filters.ts'
import { ANSWER_BYTES_MAX, ROW_COLUMNS } from './row.ts'
import type { Statement } from './statement.ts'

/** How far rows are counted for a total. */
export const COUNTED_MAX = 10_000

/** A statement with its values. */
export interface Question {
  statement: Statement
  values: readonly (string | number)[]
}

/** The rows of a page, each with how many were `found`: more than there are rows means that more follow. */
export function pageQuestion(walk: Walk, query: ListQuery, page: Page): Question {
  return questionOf((place) => {
    const { tables, where, order } = walked(walk, query, page, place)
    const conditions = [...where, ...walk.checks.map((check) => check(place))]
    return `
    WITH page AS MATERIALIZED (
      SELECT t.gid, t.created_at, octet_length(t.state) AS bytes
      FROM ${tables} WHERE ${conditions.join(' AND ')} ORDER BY ${order}
      LIMIT ${place(page.limit + 1)} OFFSET ${place(page.offset)}),
    fitting AS (
      SELECT gid FROM (
        SELECT gid, sum(bytes) OVER newest - bytes AS before, row_number() OVER newest AS number
        FROM page WINDOW newest AS (ORDER BY created_at DESC, gid DESC)) AS running
      WHERE before < ${ANSWER_BYTES_MAX} AND number <= ${place(page.limit)})
    SELECT (SELECT count(*) FROM page) AS found, ${ROW_COLUMNS}
    FROM transactions AS t WHERE t.gid = ANY (ARRAY(SELECT gid FROM fitting))
    ORDER BY t.created_at DESC, t.gid DESC`
  })
}

/** How many rows fit the index alone, counted up to COUNTED_MAX + 1. */
export function countQuestion(walk: Walk, query: ListQuery): Question {
  return questionOf((place) => {
    const { index, where } = walked(walk, query, undefined, place)
    return `
    SELECT count(*) AS number FROM (
      SELECT FROM ${index} WHERE ${where.join(' AND ')} LIMIT ${COUNTED_MAX + 1}) AS counted`
  })
}

/** How many gids have the prefix, counted up to SORTED_MAX + 1. */
export function prefixQuestion(gidPrefix: string): Question {
  return questionOf(
    (place) => `
    SELECT count(*) AS number FROM (
      SELECT FROM transactions AS t WHERE ${prefixRange(gidPrefix)(place)} LIMIT ${SORTED_MAX + 1}) AS counted`,
  )
}

interface Walked {
  /** The table whose index is walked. */
  index: string
  /** That one, and the one of the rows. */
  tables: string
  where: string[]
  order: string
}

/**
 * From where the page begins down to where the listing ends. Both ends name the index's leading columns, as does the
 * order, so that no other index is taken for it, which would meet many rows that do not fit.
 */
function walked(
  { keys, leading, holds, sorted }: Walk,
  query: ListQuery,
  page: Page | undefined,
  place: Place,
): Walked {
  const gid = keys === 'label' ? 'label.gid' : 't.gid COLLATE "POSIX"'
  const columns = [...leading.map(([column]) => `${keys}.${column}`), `${keys}.created_at`, gid]
  const end = (createdAt: number, gidThere: string): string =>
    [...leading.map(([, value]) => value), createdAt, gidThere].map(place).join()
  const { above, bottom } = rangeOf(query, page)
  const where = [
    `(${columns}) < (${end(above.createdAt, escapedText(above.gid))})`,
    `(${columns}) >= (${end(bottom, '')})`,
    ...(holds === undefined ? [] : [holds]),
  ]
  const order = columns.map((column) => `${column} DESC`).join()
  // Apart from the rest, so that the index of the prefix is used, and not that of the order.
  const found = sorted && `(SELECT * FROM transactions AS t WHERE ${sorted(place)} OFFSET 0) AS t`
  if (keys === 't')
    return { index: found ?? 'transactions AS t', tables: found ?? 'transactions AS t', where, order }
  const index = 'transaction_labels AS label'
  return { index, tables: `${index} JOIN transactions AS t ON t.gid = label.gid`, where, order }
}

/** Everything between the times that are asked for; on a later page what is behind the last row seen. */
function rangeOf({ createdAfter, createdBefore }: ListQuery, page: Page | undefined) {
  const bottom = createdAfter ?? Number.MIN_SAFE_INTEGER
  const top = { createdAt: createdBefore ?? Number.MAX_SAFE_INTEGER, gid: '' }
  const after = page?.after
  return { above: after !== undefined && after.createdAt < top.createdAt ? after : top, bottom }
}

function questionOf(text: (place: Place) => string): Question {
  const values: (string | number)[] = []
  const place: Place = (value) => {
    values.push(value)
    return `$${values.length}::${typeof value === 'number' ? 'bigint' : 'text'}`
  }
  return { statement: { text: text(place) }, values }
}
