import type { ListQuery } from '@assent/contract'
import type { Store } from '@assent/engine'
import { type TestServer, testPostgres } from '@assent/testkit/servers'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PostgresTool, postgresTool } from '../../test/postgres.ts'
import { writeOf } from '../../test/rows.ts'
import { DEFAULT_CONNECTIONS } from '../connections.ts'
import { addressOf } from './address.ts'
import { CLAIM } from './claim.ts'
import { Database } from './database.ts'
import { walkOf } from './filters.ts'
import { valuesOf } from './given.ts'
import { NEXT_DUE } from './next-due.ts'
import { OWNED } from './owned.ts'
import { ROWS, TOMBSTONES } from './read.ts'
import { STANDING } from './standing.ts'
import type { Statement } from './statement.ts'
import { postgres } from './store.ts'
import { SUMMARY } from './summary.ts'
import { SWEEP } from './sweep.ts'
import { countQuestion, pageQuestion, prefixQuestion, type Question } from './walk.ts'
import { REWRITE, WRITE } from './write-statements.ts'

const ROWS_MADE = 100_000
const BEGAN = 1_700_000_000_000

/** A step of a plan, as the server explains it. */
interface Step {
  'Node Type': string
  'Subplan Name'?: string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  Plans?: Step[]
}

let server: TestServer
let tool: PostgresTool
let schema: string
let store: Store
let database: Database

beforeAll(async () => {
  server = await testPostgres()
  tool = postgresTool(server.url)
  schema = tool.newSchema()
  const url = server.url
  store = postgres({ url, schema })
  await store.open()
  database = new Database({
    address: addressOf(url, undefined).config,
    schema,
    connections: DEFAULT_CONNECTIONS,
    isDurable: true,
  })
})
afterAll(async () => {
  await store.close()
  await database.close()
  await tool.close()
  await server.close()
})

/**
 * Of every hundred rows 3 wait, 4 are driven by the living and 1 by somebody who is gone; the others have ended. Every
 * fiftieth that ended was aborted, and few have attention or are not of the commonest mode.
 */
const FILL = `
  INSERT INTO transactions (gid, version, owner, write_id, status, mode, name, application, labels, created_at, updated_at,
    due_at, ended_at, attention, content, state)
  SELECT 'row-' || lpad(i::text, 8, '0'), 1,
    CASE WHEN i % 100 BETWEEN 3 AND 6 THEN 'alive-' || i % 100 WHEN i % 100 = 7 THEN 'gone' END, 'write',
    CASE WHEN i % 100 < 8 THEN 'SUBMITTED' WHEN i % 50 = 10 THEN 'ABORTED' ELSE 'COMMITTED' END,
    CASE WHEN i % 40 = 0 THEN 'tcc' ELSE 'saga' END, CASE WHEN i % 10 < 9 THEN 'name-' || i % 9 ELSE '' END, '',
    CASE WHEN i % 10 = 0 THEN jsonb_build_object('customer', (i / 10 % 100)::text) END, ${BEGAN} + i, ${BEGAN},
    CASE WHEN i % 100 < 8 THEN ${BEGAN} + (i * 7919) % 100000 END, CASE WHEN i % 100 >= 8 THEN ${BEGAN} + i END,
    i % 5000 = 0, 'content', 'state'
  FROM generate_series(1, ${ROWS_MADE}) AS i;
  INSERT INTO transaction_labels (key, value, created_at, gid)
  SELECT 'customer', labels ->> 'customer', created_at, gid FROM transactions WHERE labels ? 'customer';
  INSERT INTO tombstones (gid, content, status, ended_at)
  SELECT 'old-' || i, 'content', 'COMMITTED', ${BEGAN} + i FROM generate_series(1, 10000) AS i;
  ANALYZE transactions, transaction_labels, tombstones, incarnations`

function stepsOf(plan: Step): Step[] {
  return [plan, ...(plan.Plans ?? []).flatMap(stepsOf)]
}

/** The plan that is kept for a statement, whatever its values are. */
async function keptPlan({ text }: Statement): Promise<Step[]> {
  const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])))
  return database.use(async (client) => {
    await client.query('SET plan_cache_mode = force_generic_plan')
    await client.query(`PREPARE explained AS ${text}`)
    const nothing = Array.from({ length: count }, () => 'NULL').join()
    const explain = `EXPLAIN (FORMAT JSON) EXECUTE explained${count > 0 ? `(${nothing})` : ''}`
    const plan = planOf(await client.query(explain))
    await client.query('DEALLOCATE explained; RESET plan_cache_mode')
    return stepsOf(plan)
  })
}

/** What is really done for these values; nothing of it is kept. */
async function planFor({
  statement,
  values,
}: Question | { statement: Statement; values: unknown[] }): Promise<Step[]> {
  return database.use(async (client: PoolClient) => {
    await client.query('BEGIN')
    const text = `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`
    const plan = planOf(await client.query(text, [...values]))
    await client.query('ROLLBACK')
    return stepsOf(plan)
  })
}

function planOf({ rows }: { rows: { 'QUERY PLAN': { Plan: Step }[] }[] }): Step {
  return rows[0]!['QUERY PLAN'][0]!.Plan
}

/** Each access to our tables: which index it takes, and whether it looks something up there. */
function accessesOf(steps: readonly Step[]): string[] {
  const accesses = steps
    .filter((step) => step['Node Type'].includes('Scan') && step['Relation Name'] !== undefined)
    .filter((step) => step['Relation Name'] !== 'incarnations')
    .map((step) => {
      const how = step['Index Cond'] === undefined ? 'reads' : 'looks up in'
      return `${how} ${step['Index Name'] ?? step['Relation Name']}`
    })
  return [...new Set(accesses)].sort()
}

/** Rows of our tables that were looked at, fitting or not. */
function rowsRead(steps: readonly Step[]): number {
  return steps
    .filter((step) => step['Relation Name'] !== undefined && step['Node Type'].includes('Scan'))
    .map(
      (step) =>
        ((step['Actual Rows'] ?? 0) + (step['Rows Removed by Filter'] ?? 0)) * (step['Actual Loops'] ?? 1),
    )
    .reduce((sum, rows) => sum + rows, 0)
}

function indexesOf(steps: readonly Step[]): string[] {
  return [...new Set(steps.flatMap((step) => step['Index Name'] ?? []))].sort()
}

/** The part of a page's plan that finds which rows are on it. */
function findingPart(steps: readonly Step[]): Step[] {
  return stepsOf(steps.find((step) => step['Subplan Name'] === 'CTE page')!)
}

const BY_GID = ['looks up in transactions_pkey']
const BY_GID_OR_TOMBSTONE = ['looks up in tombstones_pkey', ...BY_GID]
const KEPT: [what: string, statement: Statement, accesses: string[]][] = [
  ['a batch of writes', WRITE, BY_GID_OR_TOMBSTONE],
  ['a batch that changes labels', REWRITE, [...BY_GID_OR_TOMBSTONE, 'looks up in transaction_labels_pkey']],
  ['what stands in the way of writes', STANDING, BY_GID_OR_TOMBSTONE],
  ['a reading of rows', ROWS, BY_GID],
  ['a reading of tombstones', TOMBSTONES, ['looks up in tombstones_pkey']],
  [
    'a sweep',
    SWEEP,
    [
      ...BY_GID_OR_TOMBSTONE,
      'looks up in tombstones_ended',
      'looks up in transaction_labels_pkey',
      'looks up in transactions_ended',
    ],
  ],
  ['what an incarnation owns', OWNED, ['looks up in transactions_owned']],
  ['what is due next', NEXT_DUE, ['looks up in transactions_claimable']],
  [
    'a claim',
    CLAIM,
    [
      ...BY_GID,
      'looks up in transactions_claimable',
      'looks up in transactions_owned',
      // The first owner.
      'reads transactions_owned',
    ],
  ],
  ['the summary', SUMMARY, ['looks up in transactions_active', 'reads transactions_attention']],
]

describe.each([
  [
    'almost empty',
    () =>
      store.write([writeOf({ gid: 'only', labels: { a: 'b' } })]).then(() => tool.run('ANALYZE', { schema })),
  ],
  ['large', () => tool.run(FILL, { schema })],
])('a plan that is kept while the tables are %s', (_size, fill) => {
  beforeAll(async () => {
    await fill()
  })

  it.each(KEPT)('looks up in the right index for %s', async (_what, statement, accesses) => {
    expect(accessesOf(await keptPlan(statement))).toEqual([...accesses].sort())
  })
})

const FILTERS: [filter: string, query: ListQuery, index: string][] = [
  ['nothing', {}, 'transactions_created'],
  ['time', { createdAfter: BEGAN + 5_000, createdBefore: BEGAN + 60_000 }, 'transactions_created'],
  ['mode', { mode: 'tcc' }, 'transactions_mode'],
  ['name', { name: 'name-3' }, 'transactions_name'],
  ['an active status', { status: 'SUBMITTED' }, 'transactions_active'],
  ['the status of the aborted', { status: 'ABORTED' }, 'transactions_aborted'],
  ['attention', { attention: true }, 'transactions_attention'],
  ['a label', { label: { key: 'customer', value: '7' } }, 'transaction_labels_pkey'],
  ['what most rows have', { status: 'COMMITTED', mode: 'saga', gidPrefix: 'row-' }, 'transactions_created'],
]

describe('a listing of 100,000', () => {
  const limit = 10

  it.each(FILTERS)(
    'filtered by %s walks one index in order, from where the page begins',
    async (_filter, query, index) => {
      const walk = walkOf(query, false)
      const after = { createdAt: BEGAN + 50_000, gid: 'row-00050000' }
      for (const page of [
        { limit, offset: 0, after: undefined },
        { limit, offset: 0, after },
      ]) {
        const part = findingPart(await planFor(pageQuestion(walk, query, page)))
        expect(indexesOf(part)).toContain(index)
        expect(part.map((step) => step['Node Type'])).not.toContain('Sort')
        // One more than the page holds, some that do not fit, and for a label both tables.
        expect(rowsRead(part)).toBeLessThan(3 * (limit + 1))
      }
    },
  )

  it('filtered by a rare prefix sorts the few rows of its range', async () => {
    const query = { gidPrefix: 'row-000123' }
    const steps = await planFor(
      pageQuestion(walkOf(query, true), query, { limit, offset: 0, after: undefined }),
    )
    expect(indexesOf(findingPart(steps))).toEqual(['transactions_pkey'])
    expect(rowsRead(steps)).toBeLessThan(200)
  })

  it('counts no further than a total is given, and in an index alone', async () => {
    for (const [, query] of FILTERS.slice(0, -1)) {
      const steps = await planFor(countQuestion(walkOf(query, false), query))
      expect(steps.some((step) => step['Node Type'] === 'Index Only Scan')).toBe(true)
      expect(rowsRead(steps)).toBeLessThan(10_002)
    }
    expect(rowsRead(await planFor(prefixQuestion('row-')))).toBeLessThan(1_002)
  })
})

describe('among 100,000 rows', () => {
  it('a claim looks at no row that the living drive, however many they are', async () => {
    for (const owner of ['me', 'alive-3', 'alive-4', 'alive-5', 'alive-6'])
      await store.register(owner, 600_000)
    const limit = 50
    const steps = await planFor({ statement: CLAIM, values: ['me', ['', 'shop'], limit, 'claim'] })
    // 1,000 orphans are sorted twice; what else is read is bounded by what is claimed.
    expect(rowsRead(steps)).toBeLessThan(2 * 1_000 + 10 * limit)
    expect(indexesOf(steps)).toContain('transactions_claimable')
  })

  it('a sweep looks at no more rows than it sweeps', async () => {
    const limit = 100
    const steps = await planFor({ statement: SWEEP, values: [BEGAN + 50_000, BEGAN + 5_000, limit] })
    expect(rowsRead(steps)).toBeLessThan(6 * limit)
    expect(indexesOf(steps)).toEqual(
      expect.arrayContaining(['transactions_ended', 'tombstones_ended', 'transaction_labels_pkey']),
    )
  })

  it('a batch looks at no more rows than it writes', async () => {
    const writes = Array.from({ length: 256 }, (_, index) =>
      writeOf({
        gid: `row-${String(index * 300 + 1).padStart(8, '0')}`,
        expect: 1,
        createdAt: BEGAN + index * 300 + 1,
      }),
    )
    const steps = await planFor({ statement: WRITE, values: valuesOf(writes) })
    expect(rowsRead(steps)).toBeLessThan(2 * 256)
  })
})
