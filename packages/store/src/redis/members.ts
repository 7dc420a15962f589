import type { Database } from './database.ts'
import type { SetName, Slot } from './keyspace.ts'

/** Follows U+0000, with which the parts of a member end: behind all members that begin so, and before all others. */
const BEHIND = '\u0001'

/** From where to where those members of a sorted set go that begin so, in the words of Redis. */
export function rangeOf(beginning: string): { from: string; to: string } {
  return beginning === ''
    ? { from: '-', to: '+' }
    : { from: `[${beginning}`, to: `(${beginning.slice(0, -1)}${BEHIND}` }
}

/** The first members that begin so. `beginning` ends with U+0000, or is empty. */
export async function firstMembers(
  database: Database,
  { tag, sets }: Slot,
  set: SetName,
  beginning: string,
  limit: number,
): Promise<string[]> {
  const { from, to } = rangeOf(beginning)
  const range = ['ZRANGE', sets[set], from, to, 'BYLEX', 'LIMIT', '0', String(limit)]
  return (await database.call(tag, range)) as string[]
}
