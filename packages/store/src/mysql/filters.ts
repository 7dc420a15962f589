import { isEnded, type ListQuery } from '@assent/contract'
import { escapedText } from '../escaped-text.ts'
import { ATTENTION_MARK, labelMark, modeMark, UNUSUAL_END, UNUSUAL_END_MARK, USUAL_MODE } from './marks.ts'
import type { Value } from './session.ts'

/** One condition of a listing, on `assent_transactions AS t`. */
export interface Condition {
  sql: string
  values: readonly Value[]
}

/** The index that a listing walks, and what is left to check of each row that it meets. */
export interface Walk {
  /** The tables, with the index that is used. */
  from: string
  /** Where the index gives the keys of the listing: of the table, or of `assent_marks AS m`. */
  keys: 't' | 'm'
  index: Condition
  /** So few match the index that they are sorted, instead of walked in order. */
  isSorted: boolean
  checks: readonly Condition[]
}

/** Matches that are few enough to be sorted at once instead of walking an index in order. */
export const SORTED_MAX = 1_000

interface Filter {
  condition: Condition
  /** How an index gives exactly these rows, newest first; absent where none does. */
  walk?: Omit<Walk, 'checks'>
}

/**
 * The index whose filter leaves the fewest rows by its nature is walked: few rows have attention or a label's
 * value, few are active, and a name says more than how it ended. `isPrefixRare` says whether at most SORTED_MAX
 * gids have the prefix.
 */
export function walkOf(query: ListQuery, isPrefixRare: boolean): Walk {
  const filters = [
    ...attentionFilter(query),
    ...prefixFilter(query, isPrefixRare),
    ...labelFilter(query),
    ...activeFilter(query),
    ...modeFilter(query),
    ...nameFilter(query),
    ...endedFilter(query),
  ]
  const walked = filters.find((filter) => filter.walk !== undefined)
  const checks = filters.filter((filter) => filter !== walked).map((filter) => filter.condition)
  return { ...(walked?.walk ?? walkBy('PRIMARY', { sql: 'TRUE', values: [] })), checks }
}

/** All gids that begin with a prefix, as a range: an index finds it whatever characters the prefix holds. */
export function prefixRange(gidPrefix: string): Condition {
  const prefix = escapedText(gidPrefix)
  return { sql: 't.gid >= ? AND t.gid < ?', values: [prefix, `${prefix}\u{10FFFF}`] }
}

function walkBy(index: string, condition: Condition, isSorted = false): Omit<Walk, 'checks'> {
  return { from: `assent_transactions AS t FORCE INDEX (${index})`, keys: 't', index: condition, isSorted }
}

/** A filter that few rows fit, which have an entry in `assent_marks` therefore. */
function markFilter(mark: Buffer): Filter {
  const values = [mark]
  const sql = `EXISTS (SELECT 1 FROM assent_marks AS e
    WHERE e.mark = ? AND e.created_at = t.created_at AND e.gid = t.gid)`
  const from = `assent_marks AS m FORCE INDEX (PRIMARY) STRAIGHT_JOIN assent_transactions AS t FORCE INDEX (PRIMARY)
    ON t.created_at = m.created_at AND t.gid = m.gid`
  const index = { sql: 'm.mark = ?', values }
  return { condition: { sql, values }, walk: { from, keys: 'm', index, isSorted: false } }
}

function attentionFilter({ attention }: ListQuery): Filter[] {
  if (attention === undefined) return []
  return [attention ? markFilter(ATTENTION_MARK) : { condition: { sql: 't.attention = 0', values: [] } }]
}

function prefixFilter({ gidPrefix }: ListQuery, isRare: boolean): Filter[] {
  if (gidPrefix === undefined || gidPrefix === '') return []
  const condition = prefixRange(gidPrefix)
  return [{ condition, ...(isRare && { walk: walkBy('assent_gid', condition, true) }) }]
}

function labelFilter({ label }: ListQuery): Filter[] {
  return label === undefined ? [] : [markFilter(labelMark(label))]
}

/** What has not ended is little, and its part of the index says its status and its age. */
function activeFilter({ status }: ListQuery): Filter[] {
  if (status === undefined || isEnded(status)) return []
  const condition = { sql: 't.ended_at IS NULL AND t.status = ?', values: [status] }
  return [{ condition, walk: walkBy('assent_turn', condition, true) }]
}

function endedFilter({ status }: ListQuery): Filter[] {
  if (status === undefined || !isEnded(status)) return []
  return [
    status === UNUSUAL_END
      ? markFilter(UNUSUAL_END_MARK)
      : { condition: { sql: 't.status = ?', values: [status] } },
  ]
}

function modeFilter({ mode }: ListQuery): Filter[] {
  if (mode === undefined) return []
  return [
    mode === USUAL_MODE ? { condition: { sql: 't.mode = ?', values: [mode] } } : markFilter(modeMark(mode)),
  ]
}

function nameFilter({ name }: ListQuery): Filter[] {
  if (name === undefined) return []
  const condition = { sql: 't.name = ?', values: [escapedText(name)] }
  return [{ condition, walk: walkBy('assent_name', condition) }]
}
