import type { OwnedPage, Store } from '@assent/engine'
import { unescapedText } from '../escaped-text.ts'
import type { Database } from './database.ts'
import { rangeOf } from './members.ts'
import { headsOf } from './read.ts'
import { fenceOf, ownerToKeep } from './row.ts'

type Owned = Parameters<Store['owned']>[0]

/** Slot by slot. The cursor is the slot's number and the last member seen; nothing is behind a slot's name alone. */
export async function owned(
  database: Database,
  { incarnation, limit, cursor = '0:' }: Owned,
): Promise<OwnedPage> {
  const { slots } = database.keyspace
  const number = Number.parseInt(cursor, 10)
  const after = cursor.slice(cursor.indexOf(':') + 1)
  const slot = slots[number]
  if (slot === undefined) return { transactions: [] }
  const { from, to } = rangeOf(`${ownerToKeep(incarnation)}\0`)
  const range = ['ZRANGE', slot.sets.owned, after === '' ? from : `(${after}`, to, 'BYLEX']
  const members = (await database.call(slot.tag, [...range, 'LIMIT', '0', String(limit)])) as string[]
  const transactions = await fencesOf(database, members)
  const last = members.at(-1)
  if (last !== undefined && members.length === limit) return { transactions, nextCursor: `${number}:${last}` }
  return { transactions, ...(number + 1 < slots.length && { nextCursor: `${number + 1}:` }) }
}

async function fencesOf(
  database: Database,
  members: readonly string[],
): Promise<{ gid: string; version: number }[]> {
  const gids = members.map((member) => unescapedText(member.slice(member.lastIndexOf('\0') + 1)))
  const heads = await headsOf(database, gids)
  return gids.flatMap((gid, place) => {
    const fence = fenceOf(heads[place] ?? '')
    return fence === undefined ? [] : [{ gid, version: fence.version }]
  })
}
