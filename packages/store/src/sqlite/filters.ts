import { isEnded, type ListQuery, type Status } from '@assent/contract'
import { type Text, textToKeep } from './text.ts'

/** One condition of a listing, on `transactions AS t`. */
export interface Condition {
  sql: string
  values: readonly (Text | number)[]
}

/** The index that a listing walks, and what is left to check of each row that it meets. */
export interface Walk {
  /** The tables, with the index that is used. */
  from: string
  /** Where the index gives the keys of the listing. */
  keys: 't' | 'label'
  index: Condition
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
    ...nameFilter(query),
    ...endedFilter(query),
    ...modeFilter(query),
  ]
  const walked = filters.find((filter) => filter.walk !== undefined)
  const checks = filters.filter((filter) => filter !== walked).map((filter) => filter.condition)
  return { ...(walked?.walk ?? plainWalk('transactions_created', { sql: 'TRUE', values: [] })), checks }
}

/** All gids that begin with a prefix, as a range: an index finds it whatever characters the prefix holds. */
export function prefixRange(gidPrefix: string): Condition {
  return {
    sql: 't.gid >= ? AND t.gid < ?',
    values: [textToKeep(gidPrefix), textToKeep(`${gidPrefix}\u{10FFFF}`)],
  }
}

function plainWalk(index: string, condition: Condition): Omit<Walk, 'checks'> {
  return { from: `transactions AS t INDEXED BY ${index}`, keys: 't', index: condition }
}

function attentionFilter({ attention }: ListQuery): Filter[] {
  if (attention === undefined) return []
  // The index's own words, so that SQLite sees that it fits.
  const condition = { sql: attention ? 't.attention = 1' : 't.attention = 0', values: [] }
  return [{ condition, ...(attention && { walk: plainWalk('transactions_attention', condition) }) }]
}

function prefixFilter({ gidPrefix }: ListQuery, isRare: boolean): Filter[] {
  if (gidPrefix === undefined || gidPrefix === '') return []
  const condition = prefixRange(gidPrefix)
  return [{ condition, ...(isRare && { walk: plainWalk('transactions_gid', condition) }) }]
}

function labelFilter({ label }: ListQuery): Filter[] {
  if (label === undefined) return []
  const values = [textToKeep(label.key), textToKeep(label.value)]
  const sql = `EXISTS (SELECT 1 FROM transaction_labels AS l
    WHERE l.key = ? AND l.value = ? AND l.created_at = t.created_at AND l.gid = t.gid)`
  const from = 'transaction_labels AS label CROSS JOIN transactions AS t ON t.id = label.transaction_id'
  const index = { sql: 'label.key = ? AND label.value = ?', values }
  return [{ condition: { sql, values }, walk: { from, keys: 'label', index } }]
}

function activeFilter({ status }: ListQuery): Filter[] {
  if (status === undefined || isEnded(status)) return []
  return [statusFilter(status)]
}

function endedFilter({ status }: ListQuery): Filter[] {
  if (status === undefined || !isEnded(status)) return []
  return [statusFilter(status)]
}

function statusFilter(status: Status): Filter {
  const condition = { sql: 't.status = ?', values: [status] }
  return { condition, walk: plainWalk('transactions_status', condition) }
}

function nameFilter({ name }: ListQuery): Filter[] {
  if (name === undefined) return []
  if (name === '') return [{ condition: { sql: "t.name = ''", values: [] } }]
  const condition = { sql: "t.name = ? AND t.name <> ''", values: [textToKeep(name)] }
  return [{ condition, walk: plainWalk('transactions_name', condition) }]
}

function modeFilter({ mode }: ListQuery): Filter[] {
  if (mode === undefined) return []
  const condition = { sql: 't.mode = ?', values: [mode] }
  return [{ condition, walk: plainWalk('transactions_mode', condition) }]
}
