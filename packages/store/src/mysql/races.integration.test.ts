import { type Store, StoreUnavailable, type WriteAnswer } from '@assent/engine'
import { type TestServer, testMariadb } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newDatabase, type TestDatabase } from '../../test/mysql-databases.ts'
import { endedWriteOf, writeOf } from '../../test/rows.ts'
import { mysql } from './store.ts'

const STORES = 4
const GIDS = Array.from({ length: 12 }, (_, index) => `g${index}`)
const ROUNDS = 60
const FAR_OFF = 7_000_000_000_000

let server: TestServer
let database: TestDatabase
let stores: Store[]

beforeAll(async () => {
  server = await testMariadb()
})
afterAll(() => server.close())
beforeEach(async () => {
  database = await newDatabase(server.url)
  stores = Array.from({ length: STORES }, () => mysql({ url: database.url }))
  for (const store of stores) await store.open()
})
afterEach(async () => {
  for (const store of stores) await store.close()
  await database.drop()
})

/** Half of the gids, in an order of their own each time. */
function someGids(): string[] {
  return GIDS.filter(() => Math.random() < 0.5).sort(() => Math.random() - 0.5)
}

/** Others may be faster again and again; then it is said that nothing was written. */
function nothingWritten(error: unknown): WriteAnswer[] {
  if (!(error instanceof StoreUnavailable)) throw error
  return []
}

describe('stores that write the same rows at once', () => {
  it('make each version exactly once, and answer for each write what became of it', async () => {
    const stored = new Map<string, string[]>(GIDS.map((gid) => [gid, []]))
    const claimed = new Map<string, number>(GIDS.map((gid) => [gid, 0]))
    const use = async (store: Store, name: string): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const gids = someGids()
        const rows = await store.read(gids)
        const batch = gids.map((gid, index) =>
          writeOf({
            gid,
            expect: rows[index]?.version ?? 0,
            writeId: `${name}-${round}`,
            // Now and then what the fast way does not do.
            attention: Math.random() < 0.1,
            status: Math.random() < 0.1 ? 'ABORTED' : 'SUBMITTED',
            labels: Math.random() < 0.1 ? { round: `${round}` } : {},
          }),
        )
        const answers = await store.write(batch).catch(nothingWritten)
        for (const [index, answer] of answers.entries()) {
          const { gid = '', expect: version = 0 } = batch[index] ?? {}
          if (answer.outcome === 'stored') stored.get(gid)?.push(`${version + 1} ${name}-${round}`)
          else expect(answer).toMatchObject({ outcome: 'conflict', row: { version: expect.any(Number) } })
        }
      }
    }
    const claim = async (store: Store): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const incarnation = `incarnation-${round}`
        await store.register(incarnation, 60_000)
        const rows = await store.claim({ incarnation, applications: [''], limit: 3, writeId: incarnation })
        for (const { gid } of rows) claimed.set(gid, (claimed.get(gid) ?? 0) + 1)
        await store.retire(incarnation)
      }
    }
    await Promise.all([
      ...stores.map((store, index) => use(store, `store-${index}`)),
      claim(stores[0] as Store),
    ])
    for (const row of await (stores[0] as Store).read(GIDS)) {
      const writes = stored.get(row?.gid ?? '') ?? []
      expect(row?.version).toBe(writes.length + (claimed.get(row?.gid ?? '') ?? 0))
      expect(new Set(writes.map((write) => write.split(' ')[0])).size).toBe(writes.length)
    }
    const [store] = stores as [Store]
    const { rows } = await store.list({ limit: 100 })
    for (const query of [{ attention: true }, { status: 'ABORTED' as const }]) {
      const listed = (await store.list({ limit: 100, ...query })).rows.map(({ gid }) => gid)
      const fitting = rows.filter((row) =>
        'attention' in query ? row.attention : row.status === query.status,
      )
      expect(listed).toEqual(fitting.map(({ gid }) => gid))
    }
    const marks = rows.reduce(
      (sum, row) =>
        sum + Object.keys(row.labels).length + (row.attention ? 1 : 0) + (row.status === 'ABORTED' ? 1 : 0),
      0,
    )
    expect(await database.run('SELECT COUNT(*) AS number FROM assent_marks')).toEqual([{ number: marks }])
  })

  it('and sweep and begin anew never let a gid be both a row and a tombstone', async () => {
    let began = 0
    let swept = 0
    let forgotten = 0
    let isOver = false
    const begin = async (store: Store): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const batch = someGids().map((gid) => endedWriteOf({ gid, attention: Math.random() < 0.3 }))
        const answers = await store.write(batch).catch(nothingWritten)
        began += answers.filter(({ outcome }) => outcome === 'stored').length
      }
    }
    const sweep = async (store: Store): Promise<void> => {
      while (!isOver) {
        const done = await store.sweep({ endedBefore: FAR_OFF, tombstonesBefore: FAR_OFF, limit: 3 })
        swept += done.swept
        forgotten += done.forgotten
      }
    }
    const [first, second, third, fourth] = stores as [Store, Store, Store, Store]
    const sweeping = Promise.all([sweep(third), sweep(fourth)])
    await Promise.all([begin(first), begin(second)])
    isOver = true
    await sweeping
    const rows = await first.read(GIDS)
    const tombstones = await first.readTombstones(GIDS)
    for (const [index, row] of rows.entries()) expect(row && tombstones[index]).toBeUndefined()
    const standing = rows.filter((row) => row !== undefined).length
    const remembered = tombstones.filter((tombstone) => tombstone !== undefined).length
    expect(began).toBe(swept + standing)
    expect(swept).toBe(forgotten + remembered)
    expect(swept).toBeGreaterThan(ROUNDS)
    const marks = rows.filter((row) => row?.attention).length
    expect(await database.run('SELECT COUNT(*) AS number FROM assent_marks')).toEqual([{ number: marks }])
  })
})
