import { join } from 'node:path'
import type { ListQuery } from '@assent/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { manyWrites } from '../../test/rows.ts'
import { cellsOf } from './cells.ts'
import { DUE, FIRST_OWNER, NEXT_DUE, NEXT_OWNER, OWNED } from './claim.ts'
import type { Database } from './database.ts'
import { walkOf } from './filters.ts'
import { rangeOf } from './list.ts'
import { openDatabase } from './open.ts'
import { FENCES, OWNED_BEHIND } from './owned.ts'
import { ACTIVE, ATTENTION } from './summary.ts'
import { ENDED, FORGET } from './sweep.ts'
import { idsOf, sliceEndOf } from './walk.ts'
import { UPDATE, write } from './write.ts'

let database: Database
let remove: () => Promise<void>

beforeAll(async () => {
  const directory = await temporaryDirectory()
  remove = directory.remove
  const path = join(directory.path, 'assent.db')
  database = openDatabase({ path, maxBytes: undefined, timeFloor: 0, isFirst: true })
  write(database, cellsOf(manyWrites(100)))
})
afterAll(async () => {
  database.close()
  await remove()
})

/** What SQLite says that it does for a statement. */
function planOf(sql: string): string {
  const parameters = Array.from({ length: (sql.match(/\?/g) ?? []).length }, () => null)
  const rows = database.sql(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters.slice(0, distinct(sql)))
  return rows.map((row) => row.detail).join('\n')
}

/** How many values a statement takes: numbered ones may occur again. */
function distinct(sql: string): number {
  const numbers = [...sql.matchAll(/\?(\d+)/g)].map((match) => Number(match[1]))
  return numbers.length > 0 ? Math.max(...numbers) : (sql.match(/\?/g) ?? []).length
}

function listPlan(query: ListQuery, isPrefixRare = false): string {
  const walk = walkOf(query, isPrefixRare)
  const range = rangeOf(query)
  return `${planOf(sliceEndOf(walk, range).sql)}\n${planOf(idsOf(walk, range).sql)}`
}

const FILTERS: [filter: string, query: ListQuery, plan: RegExp][] = [
  ['none', {}, /SEARCH t USING COVERING INDEX transactions_created \(/],
  ['time', { createdAfter: 1, createdBefore: 2 }, /SEARCH t USING COVERING INDEX transactions_created \(/],
  ['mode', { mode: 'saga' }, /SEARCH t USING COVERING INDEX transactions_mode \(mode=\? AND/],
  ['name', { name: 'transfer' }, /SEARCH t USING COVERING INDEX transactions_name \(name=\? AND/],
  [
    'an active status',
    { status: 'PREPARED' },
    /SEARCH t USING COVERING INDEX transactions_status \(status=\? AND/,
  ],
  [
    'an ended status',
    { status: 'ABORTED' },
    /SEARCH t USING COVERING INDEX transactions_status \(status=\? AND/,
  ],
  ['attention', { attention: true }, /SEARCH t USING COVERING INDEX transactions_attention \(/],
  [
    'a label',
    { label: { key: 'a', value: 'b' } },
    /SEARCH label USING PRIMARY KEY \(key=\? AND value=\? AND/,
  ],
  ['a common prefix', { gidPrefix: 'a' }, /SEARCH t USING COVERING INDEX transactions_created \(/],
]

describe('a listing', () => {
  it.each(FILTERS)(
    'filtered by %s walks an index in order, from where the page begins',
    (_filter, query, plan) => {
      const found = listPlan(query)
      expect(found).toMatch(plan)
      // Both ends of the range, in both statements.
      expect(found.match(/\(created_at,gid\)>\(\?,\?\) AND \(created_at,gid\)<\(\?,\?\)/g)).toHaveLength(2)
      expect(found).not.toMatch(/SCAN|TEMP B-TREE/)
    },
  )

  it('filtered by a rare prefix sorts the few rows of its range', () => {
    const plan = listPlan({ gidPrefix: 'a' }, true)
    expect(plan).toMatch(/SEARCH t USING INDEX transactions_gid \(gid>\? AND gid<\?\)/)
  })

  it('filtered by anything together walks one index, and looks the rest up row by row', () => {
    for (const [, one] of FILTERS) {
      for (const [, other] of FILTERS) expect(listPlan({ ...one, ...other })).not.toMatch(/SCAN|TEMP B-TREE/)
    }
  })
})

describe('every other statement', () => {
  it.each([
    ['what is due', DUE, 'transactions_waiting (application=? AND due_at'],
    ['what is due next', NEXT_DUE, 'transactions_waiting (application=?'],
    ['what an owner drives', OWNED, 'transactions_owned (owner=? AND application=?)'],
    ['the first owner', FIRST_OWNER, 'transactions_owned (owner>?)'],
    ['the next owner', NEXT_OWNER, 'transactions_owned (owner>?)'],
    ['what has ended', ENDED, 'transactions_sweep (ended_at'],
    ['the tombstones that are old', FORGET, 'tombstones_ended (ended_at<?)'],
    ['the row that is written', UPDATE, 'transactions_gid (gid=?)'],
  ])('finds %s by an index', (_what, sql, index) => {
    expect(planOf(sql)).toContain(index)
    expect(planOf(sql)).not.toMatch(/SCAN|TEMP B-TREE/)
  })

  it('finds what an owner holds by an index, and sorts no more than that', () => {
    expect(planOf(OWNED_BEHIND)).toMatch(
      /^SEARCH transactions USING INDEX transactions_owned \(owner=\?\)\nUSE TEMP B-TREE FOR ORDER BY$/,
    )
    expect(planOf(FENCES)).not.toContain('SCAN')
  })

  it.each([
    [
      'the figures of what is active',
      ACTIVE,
      'SEARCH transactions USING COVERING INDEX transactions_status (status=?)',
    ],
    ['the count of attention', ATTENTION, 'SCAN transactions USING COVERING INDEX transactions_attention'],
  ])('reads %s off the part of an index that holds nothing else', (_what, sql, plan) => {
    expect(planOf(sql)).toBe(plan)
  })
})
