import type { Key } from './settings.ts'

/** Where a value came from. */
export interface Origin {
  kind: 'default' | 'file' | 'environment' | 'flag'
  /** The file with its line, the variable or the flag; '' for a default. */
  name: string
}

/** A value as it was given. */
interface Given {
  given: unknown
  origin: Origin
}

/** What one source gave, by key. */
export type Layer = ReadonlyMap<Key, Given>
export type Found = Map<Key, Given>

/** What is said of a name that nothing has. */
export function notKnown(what: string, nearest: string | undefined, prefix = ''): string {
  return `${what} is not known${nearest === undefined ? '' : `; did you mean ${prefix}${nearest}?`}`
}
