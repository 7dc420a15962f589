import { isEnded, type ListQuery, MODES, STATUSES } from '@assent/contract'
import { escapedText } from '../escaped-text.ts'
import type { SetName } from './keyspace.ts'

/** A column, by the name that the scripts give it, and what it must be. */
export type Check = readonly [column: string, value: string]

/** The sorted set that a listing walks, and what is left to check of each row that it meets. */
export interface Walk {
  set: SetName
  /** What members of the set begin with, before the place in the listing; each beginning has an order of its own. */
  beginnings: readonly string[]
  /** How gids must begin, which a member itself says. */
  gidPrefix: string
  checks: readonly Check[]
}

/**
 * The set whose filter leaves the fewest rows by its nature is walked: few rows have attention or a label's value, few
 * are active, and a name says more than how it ended. All rows are in the set of statuses and modes.
 */
export function walkOf(query: ListQuery): Walk {
  const { attention, label, name, status, mode } = query
  const gidPrefix = escapedText(query.gidPrefix ?? '')
  const walk = (set: SetName, beginnings: readonly string[], ...checked: (keyof ListQuery)[]): Walk => ({
    set,
    beginnings,
    gidPrefix,
    checks: checksOf(query, checked),
  })
  const isActive = status !== undefined && !isEnded(status)
  if (attention === true) return walk('attention', [''], 'label', 'name', 'status', 'mode')
  if (label !== undefined) {
    return walk('labels', [`${labelText(label)}\0`], 'attention', 'name', 'status', 'mode')
  }
  if (name !== undefined && name !== '' && !isActive) {
    return walk('names', [`${escapedText(name)}\0`], 'attention', 'status', 'mode')
  }
  const statuses = status === undefined ? STATUSES : [status]
  const modes = mode === undefined ? MODES : [mode]
  const beginnings = statuses.flatMap((one) => modes.map((other) => `${one}\0${other}\0`))
  return walk('statuses', beginnings, 'attention', 'name')
}

/** What those of the filters ask for that the walked set does not say. */
function checksOf(query: ListQuery, checked: readonly (keyof ListQuery)[]): Check[] {
  const { attention, label, name, status, mode } = query
  const wanted: Partial<Record<keyof ListQuery, string | undefined>> = {
    attention: attention === undefined ? undefined : attention ? '1' : '0',
    label: label && labelText(label),
    name: name === undefined ? undefined : escapedText(name),
    status,
    mode,
  }
  return checked.flatMap((filter) => {
    const value = wanted[filter]
    return value === undefined ? [] : [[filter, value] as const]
  })
}

function labelText({ key, value }: { key: string; value: string }): string {
  return `${escapedText(key)}\0${escapedText(value)}`
}
