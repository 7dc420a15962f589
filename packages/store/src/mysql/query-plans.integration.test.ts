import type { ListQuery } from '@assent/contract'
import { type TestServer, testMariadb } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newDatabase, type TestDatabase } from '../../test/mysql-databases.ts'
import { endedWriteOf, LONG_AGO, manyWrites, writeOf } from '../../test/rows.ts'
import { addressOf } from './address.ts'
import {
  candidatesIn,
  FIRST_OWNER,
  lockedIn,
  NEXT_DUE,
  NEXT_OWNER,
  OWNED as OWNED_SOURCE,
  WAITING,
} from './claim.ts'
import { walkOf } from './filters.ts'
import { prefixQuestion, rangeOf } from './list.ts'
import { ATTENTION_MARK } from './marks.ts'
import { OWNED, OWNED_BEHIND } from './owned.ts'
import { ROWS, TOMBSTONES } from './read.ts'
import { Session, type Value } from './session.ts'
import { LOCKED } from './standing.ts'
import { mysql } from './store.ts'
import { ACTIVE, ATTENTION } from './summary.ts'
import { ENDED, OLD } from './sweep.ts'
import { countOf, keysOf, SLICE_KEYS, sliceEndOf } from './walk.ts'

/** Twenty kinds of rows, one after the other. */
const KINDS = 20
const ROWS_MADE = 12_000
const OF_A_KIND = ROWS_MADE / KINDS
const PAGE = 10

let server: TestServer
let database: TestDatabase
let session: Session

beforeAll(async () => {
  server = await testMariadb()
  database = await newDatabase(server.url)
  const store = mysql({ url: database.url })
  await store.open()
  const rows = manyWrites(ROWS_MADE).map((row, index) => {
    const kind = index % KINDS
    const common = { gid: row.gid, createdAt: LONG_AGO + index, name: index % 3 === 0 ? '' : 'transfer' }
    switch (kind) {
      case 0:
        return writeOf({ ...common, dueAt: LONG_AGO + index, attention: true })
      case 1:
        return writeOf({ ...common, owner: `owner-${index % 3}`, dueAt: LONG_AGO + index })
      case 2:
        return endedWriteOf({ ...common, status: 'ABORTED', mode: 'tcc', labels: { region: 'eu' } })
      default:
        return endedWriteOf({ ...common, endedAt: LONG_AGO + index })
    }
  })
  for (let at = 0; at < rows.length; at += 1_000) await store.write(rows.slice(at, at + 1_000))
  await store.close()
  session = await Session.open(addressOf(database.url, undefined))
})
afterAll(async () => {
  await session.close()
  await database.drop()
  await server.close()
})

/** How many entries of indexes and rows of tables the server has read, sorted and put aside for a statement. */
async function costOf(sql: string, values: readonly (Value | readonly Value[])[] = []): Promise<number> {
  const before = await counters()
  await session.query(sql, values)
  const cost = (await counters()) - before
  await session.run('ROLLBACK')
  return cost
}

async function counters(): Promise<number> {
  const rows = await session.query<{ Value: string }>(
    `SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler_read%' OR Variable_name = 'Sort_rows'`,
  )
  return rows.reduce((sum, row) => sum + Number(row.Value), 0)
}

async function pageCost(query: ListQuery, isPrefixRare = false): Promise<number> {
  const { sql, values } = keysOf(walkOf(query, isPrefixRare), rangeOf(query))
  return costOf(sql, [...values, PAGE, 0])
}

const FILTERS: [filter: string, query: ListQuery][] = [
  ['none', {}],
  ['time', { createdAfter: LONG_AGO + 5_000, createdBefore: LONG_AGO + 5_100 }],
  ['the usual mode', { mode: 'saga' }],
  ['another mode', { mode: 'tcc' }],
  ['a name', { name: 'transfer' }],
  ['no name', { name: '' }],
  ['the usual end', { status: 'COMMITTED' }],
  ['the other end', { status: 'ABORTED' }],
  ['attention', { attention: true }],
  ['no attention', { attention: false }],
  ['a label', { label: { key: 'region', value: 'eu' } }],
  ['a common prefix', { gidPrefix: 'row-' }],
]

describe('a page of a listing', () => {
  it.each(FILTERS)('filtered by %s costs no more than its rows', async (_filter, query) => {
    // Each row once in the index, and where that is another table once there; some do not fit a filter of most.
    expect(await pageCost(query)).toBeLessThan(4 * PAGE)
  })

  it.each(FILTERS)('filtered by %s begins where the page before has ended', async (_filter, query) => {
    const above = { createdAt: LONG_AGO + 5_050, gid: 'row-5050' }
    const { sql, values } = keysOf(walkOf(query, false), { ...rangeOf(query), above })
    expect(await costOf(sql, [...values, PAGE, 0])).toBeLessThan(4 * PAGE)
  })

  it('filtered by a rare prefix sorts the few rows of its range', async () => {
    expect(await pageCost({ gidPrefix: 'row-119' }, true)).toBeLessThan(4 * 111)
    const { sql, values } = prefixQuestion('row-119')
    expect(await costOf(sql, values)).toBeLessThan(4 * 111)
  })

  it('filtered by an active status sorts what has not ended', async () => {
    expect(await pageCost({ status: 'SUBMITTED' })).toBeLessThan(2 * 2 * OF_A_KIND)
    expect(await pageCost({ status: 'PREPARED', name: 'none' })).toBeLessThan(2 * 2 * OF_A_KIND)
  })

  it('filtered by anything together walks one index in slices, and checks row by row', async () => {
    for (const [, one] of FILTERS) {
      for (const [, other] of FILTERS) {
        const query = { ...one, ...other }
        const walk = walkOf(query, false)
        const range = rangeOf(query)
        // The index, the row, and two entries of marks.
        expect(await pageCost(query), JSON.stringify(query)).toBeLessThan(4 * Math.min(ROWS_MADE, SLICE_KEYS))
        const end = sliceEndOf(walk, range)
        expect(await costOf(end.sql, end.values)).toBeLessThan(2.5 * SLICE_KEYS)
      }
    }
  })

  it('counts its total on the index', async () => {
    for (const [, query] of FILTERS) {
      const walk = walkOf(query, false)
      if (walk.checks.length > 0) continue
      const { sql, values } = countOf(walk, rangeOf(query))
      const number = await costOf(sql, [...values, 100])
      expect(number, JSON.stringify(query)).toBeLessThan(4 * 100)
    }
  })
})

describe('every other statement', () => {
  it.each<[string, string, (Value | readonly Value[])[], number]>([
    ['what is due', candidatesIn({ sql: WAITING, values: [] }), ['', PAGE], PAGE],
    ['what is due, to lock it', lockedIn({ sql: WAITING, values: [] }), ['', PAGE], PAGE],
    ['what an owner drives', candidatesIn({ sql: OWNED_SOURCE, values: [] }), ['owner-1', '', PAGE], PAGE],
    [
      'what an owner drives, to lock it',
      lockedIn({ sql: OWNED_SOURCE, values: [] }),
      ['owner-1', '', PAGE],
      PAGE,
    ],
    ['the first owner', FIRST_OWNER, [], 1],
    ['the next owner', NEXT_OWNER, ['owner-0'], 1],
    ['what is due next', NEXT_DUE, [''], 1],
    ['what has ended', ENDED, [LONG_AGO + ROWS_MADE, PAGE], PAGE],
    ['the tombstones that are old', OLD, [LONG_AGO, PAGE], PAGE],
    ['rows to write', LOCKED, [['row-1', 'row-2', 'none']], 3],
    ['rows to read', ROWS, [['row-1', 'row-2', 'none']], 3],
    ['tombstones to read', TOMBSTONES, [['row-1', 'row-2', 'none']], 3],
  ])('finds %s and reads nothing else', async (_what, sql, values, found) => {
    expect(await costOf(sql, values)).toBeLessThanOrEqual(2 * found)
  })

  it.each<[string, string, Value[], number]>([
    ['what an incarnation owns', OWNED, ['owner-1', PAGE], OF_A_KIND / 3],
    ['what it owns behind a page', OWNED_BEHIND, ['owner-1', 'row-5', PAGE], OF_A_KIND / 3],
    ['the figures of what is active', ACTIVE, [], 4 * OF_A_KIND],
    ['the count of attention', ATTENTION, [ATTENTION_MARK], OF_A_KIND],
  ])('finds %s in the part of an index that holds nothing else', async (_what, sql, values, part) => {
    expect(await costOf(sql, values)).toBeLessThanOrEqual(part + 3 * PAGE)
  })
})
