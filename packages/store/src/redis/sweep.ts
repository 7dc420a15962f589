import type { Store } from '@assent/engine'
import type { Database } from './database.ts'
import { allOf, reading } from './failures.ts'
import type { Slot } from './keyspace.ts'
import { BURY, FORGET, type Script } from './scripts.ts'
import { sharesOf } from './shares.ts'
import { sortableTime } from './sortable-time.ts'

type Sweep = Parameters<Store['sweep']>[0]

/** Rows that one script clears away, so that it holds up nobody else for long: a millisecond or two. */
const SWEPT_MAX = 128

/** The longest ended of all slots, and the script that clears it away. */
interface Clearing {
  set: 'ended' | 'buried'
  before: string
  script: Script
}

export async function sweep(
  database: Database,
  { endedBefore, tombstonesBefore, limit }: Sweep,
): Promise<{ swept: number; forgotten: number }> {
  const forgetting: Clearing = { set: 'buried', before: sortableTime(tombstonesBefore), script: FORGET }
  const burying: Clearing = { set: 'ended', before: sortableTime(endedBefore), script: BURY }
  // What is buried now is not forgotten at once.
  const forgotten = await clear(database, forgetting, limit)
  return { swept: await clear(database, burying, limit), forgotten }
}

async function clear(database: Database, clearing: Clearing, limit: number): Promise<number> {
  for (let cleared = 0; ; ) {
    const wanted = Math.min(SWEPT_MAX, limit - cleared)
    if (wanted <= 0) return cleared
    const step = await clearStep(database, clearing, wanted)
    cleared += step
    if (step < wanted) return cleared
  }
}

async function clearStep(
  database: Database,
  { set, before, script }: Clearing,
  limit: number,
): Promise<number> {
  const { slots } = database.keyspace
  const limits = slots.length === 1 ? [limit] : await limitsIn(database, { set, before, script }, limit)
  const counts = slots.map(async ({ tag, setKeys, beforeGid }, place) => {
    const share = limits[place] as number
    if (share === 0) return 0
    const values = [beforeGid, before, String(share)]
    return (await database.change(tag, script, { keys: setKeys, values })) as number
  })
  return (await allOf(counts)).reduce((sum, count) => sum + count, 0)
}

/** How many of what ended first of all lie in each slot. */
async function limitsIn(database: Database, { set, before }: Clearing, limit: number): Promise<number[]> {
  const ended = database.keyspace.slots.map(async ({ tag, sets }: Slot) => {
    const range = ['ZRANGE', sets[set], '-', `(${before}`, 'BYLEX', 'LIMIT', '0', String(limit)]
    return (await database.call(tag, range)) as string[]
  })
  return sharesOf(await reading(Promise.all(ended)), limit)
}
