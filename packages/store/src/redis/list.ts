import type { ListQuery } from '@assent/contract'
import type { StorePage, TransactionRow } from '@assent/engine'
import { cursorBehind, type Page, type Position, pageOf } from '../page.ts'
import type { Database } from './database.ts'
import { type Walk, walkOf } from './filters.ts'
import { keyOf, slotFor } from './keyspace.ts'
import { ANSWER_CHARACTERS_MAX, rowOf } from './row.ts'
import { ROWS } from './scripts.ts'
import { countIn, positionOf, walkIn, wantedOn } from './walk.ts'

/** Rows that are fetched at once. */
const FETCHED_MAX = 128

/**
 * Walks a sorted set of each slot, the newest first, and merges what it meets. What the set does not say is checked
 * of row after row, in slices: a filter that fits few of very many rows takes long only for whoever asked. A page with
 * very large states may be shorter than asked for.
 */
export async function list(database: Database, query: ListQuery): Promise<StorePage> {
  const page = pageOf(query)
  const walk = walkOf(query)
  const places = await placesOn(database, walk, query, page)
  const shown = places.slice(page.offset, page.offset + page.limit)
  const { rows, last } = await rowsAt(database, shown)
  const isCut = last < shown.length - 1
  const hasMore = isCut || places.length > page.offset + page.limit
  const position = shown[last]
  const isPart = hasMore || page.after !== undefined
  // Where rows must be looked at one by one, no total is cheap.
  const isCheap = walk.checks.length === 0 && walk.gidPrefix === ''
  const counted = isPart && isCheap ? await countIn(database, walk, query) : undefined
  const totalCount = isPart ? counted : places.length
  return {
    rows,
    ...(hasMore && position !== undefined && { nextCursor: cursorBehind(position) }),
    ...(totalCount !== undefined && { totalCount }),
  }
}

/** The places on the page and one behind it, if there are so many: those of all slots in one order. */
async function placesOn(database: Database, walk: Walk, query: ListQuery, page: Page): Promise<Position[]> {
  const walks = database.keyspace.slots.map((slot) => walkIn(database, slot, walk, query, page))
  const places: Position[] = []
  const heads = await Promise.all(walks.map((one) => one.next()))
  while (places.length < wantedOn(page)) {
    const newest = newestOf(heads)
    if (newest === undefined) break
    places.push(positionOf(heads[newest]?.value as Buffer))
    heads[newest] = (await walks[newest]?.next()) ?? DONE
  }
  return places
}

const DONE: IteratorResult<Buffer> = { done: true, value: undefined }

/** Which of the heads comes first in the listing; undefined when nothing is left. */
function newestOf(heads: readonly IteratorResult<Buffer>[]): number | undefined {
  let newest: number | undefined
  for (const [number, { done, value }] of heads.entries()) {
    if (done) continue
    if (newest === undefined || Buffer.compare(value, heads[newest]?.value) > 0) newest = number
  }
  return newest
}

/** The rows at these places, until their states are very large; and the number of the last place that was looked at. */
async function rowsAt(
  database: Database,
  places: readonly Position[],
): Promise<{ rows: TransactionRow[]; last: number }> {
  const rows: TransactionRow[] = []
  let room = ANSWER_CHARACTERS_MAX
  let last = -1
  while (last + 1 < places.length) {
    const gids = places.slice(last + 1, last + 1 + FETCHED_MAX).map(({ gid }) => gid)
    for (const [place, kept] of (await keptAt(database, gids, room)).entries()) {
      if (kept === undefined || room <= 0) return { rows, last }
      last += 1
      // What was swept meanwhile is left out.
      const row = rowOf(gids[place] as string, kept)
      if (row === undefined) continue
      rows.push(row)
      room -= row.state.length
    }
  }
  return { rows, last }
}

/** What stands at the keys of the gids, '' for nothing, and undefined where the answer would become too large. */
async function keptAt(
  database: Database,
  gids: readonly string[],
  room: number,
): Promise<(string | undefined)[]> {
  const slots = Map.groupBy(gids.entries(), ([, gid]) => slotFor(database.keyspace, gid))
  const kept: (string | undefined)[] = new Array(gids.length).fill(undefined)
  const asked = [...slots].map(async ([slot, own]) => {
    const keys = own.map(([, gid]) => keyOf(slot, gid))
    const found = (await database.ask(slot.tag, ROWS, { keys, values: [String(room)] })) as string[]
    for (const [index, text] of found.entries()) kept[(own[index] as [number, string])[0]] = text
  })
  await Promise.all(asked)
  return kept
}
