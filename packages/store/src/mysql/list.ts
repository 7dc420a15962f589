import type { ListQuery } from '@assent/contract'
import type { StorePage, TransactionRow } from '@assent/engine'
import { unescapedText } from '../escaped-text.ts'
import { cursorBehind, type Page, pageOf } from '../page.ts'
import type { Database } from './database.ts'
import { prefixRange, SORTED_MAX, type Walk, walkOf } from './filters.ts'
import { readKept } from './read.ts'
import { fitting } from './row.ts'
import type { Session } from './session.ts'
import { countIn, type Key, keysIn, type Question, type Range, sliceEnd } from './walk.ts'

/** How far rows are counted for a total. */
const COUNTED_MAX = 10_000

/**
 * Walks one index, in slices where rows must be checked one by one for what it does not say: no statement takes long,
 * however few of very many rows fit. A page with very large states may be shorter than asked for.
 */
export function list(database: Database, query: ListQuery): Promise<StorePage> {
  const page = pageOf(query)
  return database.read(async (session) => {
    // One picture of the database for all that follows: keys are found in it, read and counted.
    await session.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    const walk = walkOf(query, await isPrefixRare(session, query.gidPrefix))
    const all = rangeOf(query)
    const found = await find(session, walk, behind(all, page), page)
    const keys = fitting(found.slice(0, page.limit))
    const hasMore = found.length > keys.length
    const rows = await rowsOf(session, keys)
    const last = rows.at(-1)
    const isWhole = !hasMore && page.after === undefined && (rows.length > 0 || page.offset === 0)
    const totalCount = isWhole ? page.offset + rows.length : await cheapCount(session, walk, all)
    return {
      rows,
      ...(hasMore && last !== undefined && { nextCursor: cursorBehind(last) }),
      ...(totalCount !== undefined && { totalCount }),
    }
  })
}

/** Everything between the times that are asked for. */
export function rangeOf({ createdAfter, createdBefore }: ListQuery): Range {
  return {
    above: { createdAt: createdBefore ?? Number.MAX_SAFE_INTEGER, gid: '' },
    bottom: { createdAt: createdAfter ?? Number.MIN_SAFE_INTEGER, gid: '' },
  }
}

function behind(range: Range, { after }: Page): Range {
  if (after === undefined || after.createdAt >= range.above.createdAt) return range
  return { above: after, bottom: range.bottom }
}

/** The keys of the page, and one more if there is more. */
async function find(session: Session, walk: Walk, range: Range, { limit, offset }: Page): Promise<Key[]> {
  const wanted = limit + 1
  if (walk.isSorted || walk.checks.length === 0) return keysIn(session, walk, range, wanted, offset)
  const keys: Key[] = []
  let toSkip = offset
  for (let above = range.above; ; ) {
    const end = await sliceEnd(session, walk, { above, bottom: range.bottom })
    const slice = { above, bottom: end ?? range.bottom }
    const found = await keysIn(session, walk, slice, toSkip + wanted - keys.length)
    keys.push(...found.slice(toSkip))
    toSkip = Math.max(0, toSkip - found.length)
    if (end === undefined || keys.length === wanted) return keys
    above = end
  }
}

/** In the order of the keys. */
async function rowsOf(session: Session, keys: readonly Key[]): Promise<TransactionRow[]> {
  if (keys.length === 0) return []
  const places = new Map(keys.map(({ gid }, place) => [unescapedText(gid), place]))
  const rows = await readKept(
    session,
    keys.map(({ gid }) => gid),
  )
  return rows.sort((one, other) => (places.get(one.gid) ?? 0) - (places.get(other.gid) ?? 0))
}

/** Undefined where it is not cheap: where rows must be checked one by one, and where there are many. */
async function cheapCount(session: Session, walk: Walk, all: Range): Promise<number | undefined> {
  if (walk.checks.length > 0) return undefined
  const number = await countIn(session, walk, all, COUNTED_MAX + 1)
  return number > COUNTED_MAX ? undefined : number
}

/**
 * The order is by time, so a range of gids is of use only while it is small enough to be sorted. Else the
 * prefix is checked on the walk.
 */
async function isPrefixRare(session: Session, gidPrefix: string | undefined): Promise<boolean> {
  if (gidPrefix === undefined || gidPrefix === '') return false
  const { sql, values } = prefixQuestion(gidPrefix)
  const [row] = await session.query<{ number: number }>(sql, values)
  return row !== undefined && row.number <= SORTED_MAX
}

/** Exported to be held against the indexes. */
export function prefixQuestion(gidPrefix: string): Question {
  const { sql, values } = prefixRange(gidPrefix)
  return {
    sql: `SELECT COUNT(*) AS number FROM (
      SELECT 1 FROM assent_transactions AS t FORCE INDEX (assent_gid) WHERE ${sql} LIMIT ${SORTED_MAX + 1}) AS counted`,
    values: [...values],
  }
}
