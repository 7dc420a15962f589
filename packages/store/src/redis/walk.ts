import type { ListQuery } from '@assent/contract'
import { escapedText, unescapedText } from '../escaped-text.ts'
import type { Page, Position } from '../page.ts'
import type { Database } from './database.ts'
import type { Walk } from './filters.ts'
import type { Slot } from './keyspace.ts'
import { rangeOf } from './members.ts'
import { WALK } from './scripts.ts'
import { sortableTime, timeOf } from './sortable-time.ts'

/** Members that one script looks at, so that it holds up nobody else for long: about a millisecond. */
const SLICE_MEMBERS_MAX = 1_000
/** The same where it must look at each row. */
const SLICE_ROWS_MAX = 250

/** Text that sorts, by its bytes, as a listing does: later ones come first. */
type Place = string

/** From behind a place, '' for the newest, to another one, '' for the oldest. */
interface Span {
  from: Place
  to: Place
}

/** As many as show whether there is more behind the page. */
export function wantedOn({ offset, limit }: Page): number {
  return offset + limit + 1
}

/**
 * A slot's rows that fit, the newest first. Each step looks behind all beginnings at the same moment and takes what
 * lies above the place down to which it saw all of them, so that a row that moves from one to another is met once.
 */
export async function* walkIn(
  database: Database,
  slot: Slot,
  walk: Walk,
  query: ListQuery,
  page: Page,
): AsyncGenerator<Buffer> {
  const most = walk.checks.length === 0 ? SLICE_MEMBERS_MAX : SLICE_ROWS_MAX
  const { from, to } = spanBehind(query, page)
  let hoped = wantedOn(page)
  let unfinished = walk.beginnings.length
  for (let behind = from; ; ) {
    const slice = Math.max(1, Math.min(hoped, Math.floor(most / unfinished)))
    const seen = await lookAt(database, slot, walk, { from: behind, to }, slice)
    const stops = inOrder(seen.map(([stop]) => stop).filter((stop) => stop !== ''))
    const [horizon] = stops
    for (const place of inOrder(seen.flatMap(([, ...places]) => places))) {
      if (horizon !== undefined && Buffer.compare(place, horizon) < 0) break
      yield place
    }
    if (horizon === undefined) return
    behind = horizon.toString()
    unfinished = stops.length
    // What fits is rarer than was hoped.
    hoped *= 2
  }
}

/** Behind each beginning: the place at which it stopped, '' when nothing is left, and the places that fit. */
async function lookAt(
  database: Database,
  { tag, sets, beforeGid }: Slot,
  { set, beginnings, gidPrefix, checks }: Walk,
  { from, to }: Span,
  slice: number,
): Promise<readonly (readonly [string, ...string[]])[]> {
  const number = String(beginnings.length)
  const values = [from, to, String(slice), beforeGid, gidPrefix, number, ...beginnings, ...checks.flat()]
  const seen = await database.ask(tag, WALK, { keys: [sets[set]], values })
  return seen as readonly (readonly [string, ...string[]])[]
}

/** The newest first. */
function inOrder(places: readonly Place[]): Buffer[] {
  return places.map((place) => Buffer.from(place)).sort((one, other) => Buffer.compare(other, one))
}

/** How many rows lie in the whole span, behind any of the beginnings. */
export async function countIn(database: Database, walk: Walk, query: ListQuery): Promise<number> {
  const { from, to } = spanOf(query)
  const counts = database.keyspace.slots.flatMap(({ tag, sets }) =>
    walk.beginnings.map((beginning) => {
      const all = rangeOf(beginning)
      const lowest = to === '' ? all.from : `[${beginning}${to}`
      const highest = from === '' ? all.to : `(${beginning}${from}`
      return database.call(tag, ['ZLEXCOUNT', sets[walk.set], lowest, highest])
    }),
  )
  return (await Promise.all(counts)).reduce<number>((sum, count) => sum + (count as number), 0)
}

/** Everything between the times that are asked for. */
function spanOf({ createdAfter, createdBefore }: ListQuery): Span {
  return {
    from: createdBefore === undefined ? '' : sortableTime(createdBefore),
    to: createdAfter === undefined ? '' : sortableTime(createdAfter),
  }
}

/** What is left of it behind the last row of the page before. */
function spanBehind(query: ListQuery, { after }: Page): Span {
  const span = spanOf(query)
  const { createdBefore } = query
  if (after === undefined || (createdBefore !== undefined && after.createdAt >= createdBefore)) return span
  return { from: `${sortableTime(after.createdAt)}\0${escapedText(after.gid)}`, to: span.to }
}

export function positionOf(place: Buffer): Position {
  const [created, gid] = place.toString().split('\0') as [string, string]
  return { createdAt: timeOf(created), gid: unescapedText(gid) }
}
