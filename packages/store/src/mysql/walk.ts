import { escapedText } from '../escaped-text.ts'
import type { Position } from '../page.ts'
import type { Condition, Walk } from './filters.ts'
import type { Session, Value } from './session.ts'

/** Keys of an index that one statement walks where rows must be checked one by one: a moment's work. */
export const SLICE_KEYS = 5_000

/** A part of a walk: from behind `above` down to `bottom`, which belongs to it. */
export interface Range {
  above: Position
  bottom: Position
}

/** A statement with its values. */
export interface Question {
  sql: string
  values: Value[]
}

export interface Key {
  gid: string
  stateBytes: number
}

/** Where the first slice of a range ends; undefined when the whole range is no longer than a slice. */
export async function sliceEnd(session: Session, walk: Walk, range: Range): Promise<Position | undefined> {
  const { sql, values } = sliceEndOf(walk, range)
  const [end] = await session.query<Position>(sql, values)
  return end
}

/** The keys of the rows that fit, the newest first. */
export function keysIn(
  session: Session,
  walk: Walk,
  range: Range,
  limit: number,
  offset = 0,
): Promise<Key[]> {
  const { sql, values } = keysOf(walk, range)
  return session.query<Key>(sql, [...values, limit, offset])
}

/** How many rows fit, counted up to a maximum. */
export async function countIn(session: Session, walk: Walk, range: Range, max: number): Promise<number> {
  const { sql, values } = countOf(walk, range)
  const [row] = await session.query<{ number: number }>(sql, [...values, max])
  return row?.number ?? 0
}

/** Exported, as are the others, to be held against the indexes. */
export function sliceEndOf(walk: Walk, range: Range): Question {
  const { sql, values } = walked(walk, range, [])
  const { keys } = walk
  return {
    sql: `SELECT ${keys}.created_at AS createdAt, ${keys}.gid ${sql} LIMIT 1 OFFSET ${SLICE_KEYS - 1}`,
    values,
  }
}

/** Its last values are the limit and the offset. */
export function keysOf(walk: Walk, range: Range): Question {
  const { sql, values } = walked(walk, range, walk.checks)
  return { sql: `SELECT t.gid, t.state_bytes AS stateBytes ${sql} LIMIT ? OFFSET ?`, values }
}

/** Its last value is the maximum. */
export function countOf(walk: Walk, range: Range): Question {
  const { sql, values } = walked(walk, range, [])
  return { sql: `SELECT COUNT(*) AS number FROM (SELECT 1 ${sql} LIMIT ?) AS counted`, values }
}

/** Pairs are compared part by part: as pairs the server would find no way into the index. */
function walked({ from, keys, index }: Walk, range: Range, checks: readonly Condition[]): Question {
  const { above, bottom } = range
  const conditions = [
    index.sql,
    `(${keys}.created_at < ? OR ${keys}.created_at = ? AND ${keys}.gid < ?)`,
    `(${keys}.created_at > ? OR ${keys}.created_at = ? AND ${keys}.gid >= ?)`,
    ...checks.map((check) => check.sql),
  ]
  return {
    sql: `FROM ${from} WHERE ${conditions.join(' AND ')} ORDER BY ${keys}.created_at DESC, ${keys}.gid DESC`,
    values: [
      ...index.values,
      ...[above.createdAt, above.createdAt, escapedText(above.gid)],
      ...[bottom.createdAt, bottom.createdAt, escapedText(bottom.gid)],
      ...checks.flatMap((check) => check.values),
    ],
  }
}
