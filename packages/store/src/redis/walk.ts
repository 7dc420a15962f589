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

/** A part of a set, in the words of Redis: from the newest down. */
export interface Range {
  from: string
  to: string
}

/** The members that begin so, between the times that are asked for. */
export function rangeIn(beginning: string, { createdAfter, createdBefore }: ListQuery): Range {
  // From the newest down, so what a set's range goes to is where this one begins.
  const { from: to, to: from } = rangeOf(beginning)
  return {
    from: createdBefore === undefined ? from : `(${beginning}${sortableTime(createdBefore)}`,
    to: createdAfter === undefined ? to : `[${beginning}${sortableTime(createdAfter)}`,
  }
}

/** The same, behind the last row of the page before. */
function rangeBehind(beginning: string, query: ListQuery, { after }: Page): Range {
  const range = rangeIn(beginning, query)
  const { createdBefore } = query
  if (after === undefined || (createdBefore !== undefined && after.createdAt >= createdBefore)) return range
  return { from: `(${beginning}${placeOf(after)}`, to: range.to }
}

/** As many as show whether there is more behind the page. */
export function wantedOn({ offset, limit }: Page): number {
  return offset + limit + 1
}

/** A slot's rows that fit, the newest first, as their places in the listing: text that sorts as the listing does. */
export async function* walkIn(
  database: Database,
  { tag, sets, beforeGid }: Slot,
  { set, gidPrefix, checks }: Walk,
  beginning: string,
  query: ListQuery,
  page: Page,
): AsyncGenerator<Buffer> {
  const range = rangeBehind(beginning, query, page)
  const wanted = wantedOn(page)
  const sliceMax = checks.length === 0 ? SLICE_MEMBERS_MAX : SLICE_ROWS_MAX
  let slice = Math.min(wanted, sliceMax)
  for (let from = range.from; ; ) {
    const values = [
      from,
      range.to,
      String(slice),
      String(Math.min(wanted, slice)),
      String(Buffer.byteLength(beginning)),
      beforeGid,
      gidPrefix,
      ...checks.flat(),
    ]
    const [last, ...places] = (await database.ask(tag, WALK, { keys: [sets[set]], values })) as [
      string,
      ...string[],
    ]
    for (const place of places) yield Buffer.from(place)
    if (last === '') return
    from = `(${last}`
    // What fits is rarer than was hoped.
    slice = Math.min(slice * 2, sliceMax)
  }
}

function placeOf({ createdAt, gid }: Position): string {
  return `${sortableTime(createdAt)}\0${escapedText(gid)}`
}

export function positionOf(place: Buffer): Position {
  const [created, gid] = place.toString().split('\0') as [string, string]
  return { createdAt: timeOf(created), gid: unescapedText(gid) }
}
