import type { Database } from './database.ts'
import type { Condition, Walk } from './filters.ts'
import type { Text } from './text.ts'

/** Keys of an index that are walked at once, before other requests have their turn: two milliseconds of work. */
export const SLICE_KEYS = 5_000

/** A place in the order of a listing, as the columns have it; it goes on with what is smaller. */
export interface Key {
  createdAt: number
  gid: Text
}

/** A part of a walk: from behind `above` down to `bottom`, which belongs to it. */
export interface Range {
  above: Key
  bottom: Key
}

/** A statement with its values. */
export interface Question {
  sql: string
  values: (Text | number)[]
}

/** Where the first slice of a range ends; undefined when the whole range is no longer than a slice. */
export function sliceEnd(database: Database, walk: Walk, range: Range): Key | undefined {
  const { sql, values } = sliceEndOf(walk, range)
  return database.sql(sql).get(...values) as Key | undefined
}

/** The ids of the rows that fit, the newest first. */
export function idsIn(database: Database, walk: Walk, range: Range, limit: number): number[] {
  const { sql, values } = idsOf(walk, range)
  const rows = database.sql(sql).all(...values, limit) as unknown as { id: number }[]
  return rows.map(({ id }) => id)
}

/** How many rows fit, counted up to a maximum. */
export function countIn(database: Database, walk: Walk, range: Range, max: number): number {
  const { sql, values } = idsOf(walk, range)
  const row = database.sql(`SELECT count(*) AS number FROM (${sql})`).get(...values, max)
  return (row as { number: number }).number
}

/** Exported, as is `idsOf`, to be held against the indexes. */
export function sliceEndOf(walk: Walk, range: Range): Question {
  const { sql, values } = walked(walk, range, [])
  const { keys } = walk
  return {
    sql: `SELECT ${keys}.created_at AS createdAt, ${keys}.gid AS gid ${sql} LIMIT 1 OFFSET ${SLICE_KEYS - 1}`,
    values,
  }
}

/** Its last value is the limit. */
export function idsOf(walk: Walk, range: Range): Question {
  const { sql, values } = walked(walk, range, walk.checks)
  return { sql: `SELECT ${walk.keys === 't' ? 't.id' : 'label.transaction_id AS id'} ${sql} LIMIT ?`, values }
}

function walked({ from, keys, index }: Walk, range: Range, checks: readonly Condition[]): Question {
  const { above, bottom } = range
  // What the label's own table answers needs no other.
  const tables = keys === 'label' && checks.length === 0 ? 'transaction_labels AS label' : from
  const conditions = [
    index.sql,
    `(${keys}.created_at, ${keys}.gid) < (?, ?)`,
    `(${keys}.created_at, ${keys}.gid) >= (?, ?)`,
    ...checks.map((check) => `(${check.sql})`),
  ]
  return {
    sql: `FROM ${tables} WHERE ${conditions.join(' AND ')} ORDER BY ${keys}.created_at DESC, ${keys}.gid DESC`,
    values: [
      ...index.values,
      above.createdAt,
      above.gid,
      bottom.createdAt,
      bottom.gid,
      ...checks.flatMap((check) => check.values),
    ],
  }
}
