import { isEnded, type ListQuery } from '@assent/contract'
import { escapedText } from '../escaped-text.ts'

/** Takes a value of a statement, and answers with what stands for it there. */
export type Place = (value: string | number) => string

/** A condition, as SQL on `transactions AS t`. */
type Condition = (place: Place) => string

/** The index that a listing walks, and what is left to check of each row that it meets. */
export interface Walk {
  /** The table whose index gives the keys of the listing. */
  keys: 't' | 'label'
  /** The columns of the index before those of the order, with the value that is asked for. */
  leading: readonly [column: string, value: string][]
  /** Which rows the index holds, in its own words; absent where it holds all. */
  holds?: string
  /** So few rows fit this that they are sorted, and no index is walked in order. */
  sorted?: Condition
  checks: readonly Condition[]
}

/** Matches that are few enough to be sorted at once instead of walking an index in order. */
export const SORTED_MAX = 1_000

interface Filter {
  check: Condition
  /** How an index gives exactly these rows; absent where none does. */
  walk?: Partial<Walk>
}

/**
 * The index whose filter leaves the fewest rows by its nature is walked: few rows have attention or a label's
 * value, few are active, and a name says more than how it ended. `isPrefixRare` says whether at most SORTED_MAX
 * gids have the prefix.
 */
export function walkOf(query: ListQuery, isPrefixRare: boolean): Walk {
  const filters = [
    attentionFilter(query),
    prefixFilter(query, isPrefixRare),
    labelFilter(query),
    activeFilter(query),
    nameFilter(query),
    endedFilter(query),
    modeFilter(query),
  ].filter((filter) => filter !== undefined)
  const walked = filters.find(({ walk }) => walk !== undefined)
  const checks = filters.filter((filter) => filter !== walked).map(({ check }) => check)
  return { keys: 't', leading: [], checks, ...walked?.walk }
}

/** All gids that begin with a prefix, as a range: an index finds it whatever characters the prefix holds. */
export function prefixRange(gidPrefix: string): Condition {
  const prefix = escapedText(gidPrefix)
  return (place) => `t.gid >= ${place(prefix)} AND t.gid < ${place(`${prefix}\u{10FFFF}`)}`
}

function attentionFilter({ attention }: ListQuery): Filter | undefined {
  if (attention === undefined) return undefined
  return attention
    ? { check: () => 't.attention', walk: { holds: 't.attention' } }
    : { check: () => 'NOT t.attention' }
}

function prefixFilter({ gidPrefix }: ListQuery, isRare: boolean): Filter | undefined {
  if (gidPrefix === undefined || gidPrefix === '') return undefined
  if (isRare) return { check: prefixRange(gidPrefix), walk: { sorted: prefixRange(gidPrefix) } }
  const prefix = escapedText(gidPrefix)
  // In words that no index answers: to sort so many would take longer than to meet them on the way.
  return { check: (place) => `left(t.gid, ${[...prefix].length}) = ${place(prefix)}` }
}

function labelFilter({ label }: ListQuery): Filter | undefined {
  if (label === undefined) return undefined
  const [key, value] = [escapedText(label.key), escapedText(label.value)]
  return {
    check: (place) => `EXISTS (SELECT FROM transaction_labels AS l
      WHERE l.key = ${place(key)} AND l.value = ${place(value)} AND l.created_at = t.created_at AND l.gid = t.gid)`,
    walk: {
      keys: 'label',
      leading: [
        ['key', key],
        ['value', value],
      ],
    },
  }
}

function activeFilter({ status }: ListQuery): Filter | undefined {
  if (status === undefined || isEnded(status)) return undefined
  return {
    check: (place) => `t.status = ${place(status)}`,
    walk: { leading: [['status', status]], holds: "t.status NOT IN ('COMMITTED', 'ABORTED')" },
  }
}

function nameFilter({ name }: ListQuery): Filter | undefined {
  if (name === undefined) return undefined
  if (name === '') return { check: () => "t.name = ''" }
  const kept = escapedText(name)
  return {
    check: (place) => `t.name = ${place(kept)}`,
    walk: { leading: [['name', kept]], holds: "t.name <> ''" },
  }
}

function endedFilter({ status }: ListQuery): Filter | undefined {
  if (status === undefined || !isEnded(status)) return undefined
  if (status === 'COMMITTED') return { check: () => "t.status = 'COMMITTED'" }
  const holds = "t.status = 'ABORTED'"
  return { check: () => holds, walk: { leading: [['status', status]], holds } }
}

function modeFilter({ mode }: ListQuery): Filter | undefined {
  if (mode === undefined) return undefined
  if (mode === 'saga') return { check: () => "t.mode = 'saga'" }
  return {
    check: (place) => `t.mode = ${place(mode)}`,
    walk: { leading: [['mode', mode]], holds: "t.mode <> 'saga'" },
  }
}
