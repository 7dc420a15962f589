import type { Store, TransactionRow } from '@assent/engine'
import { escapedText, unescapedText } from '../escaped-text.ts'
import type { Database } from './database.ts'
import { allOf, isCertain, reading } from './failures.ts'
import { leasesOf } from './incarnations.ts'
import type { Slot } from './keyspace.ts'
import { firstMembers } from './members.ts'
import { ANSWER_CHARACTERS_MAX, ownerToKeep, rowOf } from './row.ts'
import { CLAIM, FIND_CLAIMABLE, OWNERS } from './scripts.ts'
import { sharesOf } from './shares.ts'
import { sortableTime, timeOf } from './sortable-time.ts'

type Claim = Parameters<Store['claim']>[0]

/** Rows that one script takes, so that it holds up nobody else for long: a millisecond or two. */
const CLAIMED_MAX = 128
/** Rounds in one claim: each takes something, or finds that others were faster. */
const ROUNDS_MAX = 100
/** Owners that are listed at once. */
const OWNERS_MAX = 1_000
/** Owners that have ended and whose rows one claim looks for. */
const ENDED_OWNERS_MAX = 64

/**
 * First the owners are listed, then those that have ended are picked out, then their rows are claimed. They lie on
 * other servers, so it is no one step, and need not be: an owner that has ended stays so, one that stands in the list
 * has registered before, and every row is claimed by its version.
 */
export async function claim(database: Database, request: Claim): Promise<TransactionRow[]> {
  const owners = await reading(ownersIn(database))
  const { isAlive, now, ended } = await reading(leasesOf(database, request.incarnation, owners))
  if (!isAlive) return []
  const search: Search = {
    now: sortableTime(now),
    owners: someOf(ended),
    applications: [...new Set(request.applications)].map(escapedText),
  }
  const rows = await claimInRounds(database, request, search)
  return rows.sort((one, other) => dueOf(one) - dueOf(other))
}

/** Where there are too many for one claim, chance sees to it that none is left out for good. */
function someOf(owners: readonly string[]): string[] {
  const first = Math.floor(Math.random() * owners.length)
  const all = owners.length > ENDED_OWNERS_MAX ? [...owners.slice(first), ...owners.slice(0, first)] : owners
  return all.slice(0, ENDED_OWNERS_MAX)
}

/** A slot, and how many it is to give. */
interface Share {
  slot: Slot
  limit: number
}

/** What may be claimed: due by now, or left by these owners; of these applications. As the sorted sets name them. */
interface Search {
  now: string
  owners: readonly string[]
  applications: readonly string[]
}

async function claimInRounds(database: Database, request: Claim, search: Search): Promise<TransactionRow[]> {
  const rows: TransactionRow[] = []
  let characters = 0
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const limit = Math.min(CLAIMED_MAX, request.limit - rows.length)
    const room = ANSWER_CHARACTERS_MAX - characters
    if (limit <= 0 || room <= 0) break
    try {
      const shares = await sharesIn(database, search, limit)
      if (shares.length === 0) break
      const claimed = await claimShares(database, request, search, shares, room)
      rows.push(...claimed)
      for (const { state } of claimed) characters += state.length
      // The only slot gives what it finds in one step; several may have been emptied by others in between.
      if (database.keyspace.slots.length === 1 && claimed.length < limit) break
    } catch (error) {
      // What was claimed before is not lost for a failure that changed nothing.
      if (rows.length > 0 && isCertain(error)) break
      throw error
    }
  }
  return rows
}

/** The slots in which those lie that have been due the longest, and how many of them. */
async function sharesIn(database: Database, search: Search, limit: number): Promise<Share[]> {
  const { slots } = database.keyspace
  if (slots.length === 1) return [{ slot: slots[0], limit }]
  const dues = await reading(
    Promise.all(
      slots.map(async (slot) => {
        const given = { keys: slot.setKeys, values: valuesOf(search, limit) }
        return (await database.ask(slot.tag, FIND_CLAIMABLE, given)) as string[]
      }),
    ),
  )
  const limits = sharesOf(dues, limit)
  return slots.map((slot, place) => ({ slot, limit: limits[place] as number })).filter((one) => one.limit > 0)
}

async function claimShares(
  database: Database,
  { incarnation, writeId }: Claim,
  search: Search,
  shares: readonly Share[],
  room: number,
): Promise<TransactionRow[]> {
  const claimed = shares.map(async ({ slot, limit }) => {
    const bytes = String(Math.ceil(room / shares.length))
    const writer = [ownerToKeep(incarnation), escapedText(writeId), bytes, slot.beforeGid] as const
    const given = { keys: slot.setKeys, values: valuesOf(search, limit, writer) }
    return claimedRows((await database.change(slot.tag, CLAIM, given)) as string[])
  })
  return (await allOf(claimed)).flat()
}

/** Whoever only looks writes nothing. */
function valuesOf(
  { now, applications, owners }: Search,
  limit: number,
  writer: readonly [owner: string, writeId: string, bytes: string, beforeGid: string] = ['', '', '', ''],
): string[] {
  return [now, String(limit), ...writer, String(applications.length), ...applications, ...owners]
}

/** From gids with what stands there now. */
function claimedRows(found: readonly string[]): TransactionRow[] {
  const rows: TransactionRow[] = []
  for (let at = 0; at < found.length; at += 2) {
    const row = rowOf(unescapedText(found[at] as string), found[at + 1] as string)
    if (row !== undefined) rows.push(row)
  }
  return rows
}

/** All who own something that has not ended, alive or not. */
async function ownersIn(database: Database): Promise<string[]> {
  const { slots } = database.keyspace
  const owners = await Promise.all(slots.map((slot) => ownersOf(database, slot)))
  return [...new Set(owners.flat())]
}

async function ownersOf(database: Database, { tag, sets }: Slot): Promise<string[]> {
  const owners: string[] = []
  for (;;) {
    const given = { keys: [sets.owned], values: [owners.at(-1) ?? '', String(OWNERS_MAX)] }
    const more = (await database.ask(tag, OWNERS, given)) as string[]
    owners.push(...more)
    if (more.length < OWNERS_MAX) return owners
  }
}

export async function nextDueAt(database: Database, applications: readonly string[]): Promise<number | null> {
  const asked = database.keyspace.slots.flatMap((slot) =>
    applications.map(async (application) => {
      const beginning = `${escapedText(application)}\0`
      const members = await firstMembers(database, slot, 'waiting', beginning, 1)
      return members.map((member) => timeOf(member.slice(beginning.length).split('\0')[0] as string))
    }),
  )
  const dueTimes = (await Promise.all(asked)).flat()
  return dueTimes.length === 0 ? null : Math.min(...dueTimes)
}

/** An orphan without a due time comes first: nothing says that it may wait. */
function dueOf({ dueAt }: TransactionRow): number {
  return dueAt ?? 0
}
