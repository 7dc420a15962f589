import type { Tombstone, TransactionRow } from '@assent/engine'
import type { Database } from './database.ts'
import { keyOf, type Slot, slotFor } from './keyspace.ts'
import { rowOf, tombstoneOf } from './row.ts'
import { HEADS } from './scripts.ts'

export async function read(
  database: Database,
  gids: readonly string[],
): Promise<(TransactionRow | undefined)[]> {
  const kept = await eachSlot(database, gids, async ({ tag }, keys) => {
    return (await database.call(tag, ['MGET', ...keys])) as (string | null)[]
  })
  return gids.map((gid, place) => rowOf(gid, kept[place] ?? ''))
}

export async function readTombstones(
  database: Database,
  gids: readonly string[],
): Promise<(Tombstone | undefined)[]> {
  const heads = await headsOf(database, gids)
  return gids.map((gid, place) => tombstoneOf(gid, heads[place] ?? ''))
}

/** What stands at the keys of the gids, at least as far as its columns go. */
export function headsOf(database: Database, gids: readonly string[]): Promise<(string | null)[]> {
  return eachSlot(database, gids, async ({ tag }, keys) => {
    return (await database.ask(tag, HEADS, { keys, values: [] })) as string[]
  })
}

/** Asks each slot for its own, and answers in the order of the gids. */
async function eachSlot(
  database: Database,
  gids: readonly string[],
  ask: (slot: Slot, keys: string[]) => Promise<readonly (string | null)[]>,
): Promise<(string | null)[]> {
  const places = new Map<Slot, number[]>()
  for (const [place, gid] of gids.entries()) {
    const slot = slotFor(database.keyspace, gid)
    const own = places.get(slot)
    if (own === undefined) places.set(slot, [place])
    else own.push(place)
  }
  const answers: (string | null)[] = new Array(gids.length).fill(null)
  const asked = [...places].map(async ([slot, own]) => {
    const keys = own.map((place) => keyOf(slot, gids[place] as string))
    const found = await ask(slot, keys)
    for (const [index, place] of own.entries()) answers[place] = found[index] ?? null
  })
  await Promise.all(asked)
  return answers
}
