import { isEnded, type ListQuery } from '@assent/contract'
import { escapedText } from '../escaped-text.ts'
import type { SetName } from './keyspace.ts'

/** A column, by the name that the scripts give it, and what it must be. */
export type Check = readonly [column: string, value: string]

/** The sorted set that a listing walks, and what is left to check of each row that it meets. */
export interface Walk {
  set: SetName
  /** What members of the set begin with, before the place in the listing. */
  beginning: string
  /** How gids must begin, which a member itself says. */
  gidPrefix: string
  checks: readonly Check[]
}

interface Filter {
  check: Check
  /** The members of a set that are exactly these rows; absent where no set has them. */
  walk?: Pick<Walk, 'set' | 'beginning'>
}

/**
 * The set whose filter leaves the fewest rows by its nature is walked: few rows have attention or a label's value, few
 * are active, a name says more than how it ended, and few are aborted. All the others are found among all rows.
 */
export function walkOf(query: ListQuery): Walk {
  const filters = [
    ...attentionFilter(query),
    ...labelFilter(query),
    ...activeFilter(query),
    ...nameFilter(query),
    ...endedFilter(query),
    ...modeFilter(query),
  ]
  const walked = filters.find((filter) => filter.walk !== undefined)
  const checks = filters.filter((filter) => filter !== walked).map((filter) => filter.check)
  const gidPrefix = escapedText(query.gidPrefix ?? '')
  return { ...(walked?.walk ?? { set: 'created', beginning: '' }), gidPrefix, checks }
}

function attentionFilter({ attention }: ListQuery): Filter[] {
  if (attention === undefined) return []
  const check = ['attention', attention ? '1' : '0'] as const
  return [{ check, ...(attention && { walk: { set: 'attention', beginning: '' } }) }]
}

function labelFilter({ label }: ListQuery): Filter[] {
  if (label === undefined) return []
  const wanted = `${escapedText(label.key)}\0${escapedText(label.value)}`
  return [{ check: ['label', wanted], walk: { set: 'labels', beginning: `${wanted}\0` } }]
}

function activeFilter({ status }: ListQuery): Filter[] {
  if (status === undefined || isEnded(status)) return []
  return [{ check: ['status', status], walk: { set: 'statuses', beginning: `${status}\0` } }]
}

/** Nearly all that ended is committed, so those are in no set of their own. */
function endedFilter({ status }: ListQuery): Filter[] {
  if (status === undefined || !isEnded(status)) return []
  const check = ['status', status] as const
  if (status === 'COMMITTED') return [{ check }]
  return [{ check, walk: { set: 'statuses', beginning: `${status}\0` } }]
}

function nameFilter({ name }: ListQuery): Filter[] {
  if (name === undefined) return []
  const wanted = escapedText(name)
  const check = ['name', wanted] as const
  return [{ check, ...(name !== '' && { walk: { set: 'names', beginning: `${wanted}\0` } }) }]
}

/** One of four: a set would hardly narrow it. */
function modeFilter({ mode }: ListQuery): Filter[] {
  return mode === undefined ? [] : [{ check: ['mode', mode] }]
}
