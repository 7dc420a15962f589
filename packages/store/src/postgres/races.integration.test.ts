import type { Store } from '@assent/engine'
import { type TestServer, testPostgres } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holding, type PostgresTool, postgresTool, shiftClock } from '../../test/postgres.ts'
import { endedWriteOf, LONG_AGO, manyWrites, writeOf } from '../../test/rows.ts'
import { postgres } from './store.ts'

const STORED = { outcome: 'stored' }
const FAR_OFF = 7_000_000_000_000
const SWEEP_ALL = { endedBefore: FAR_OFF, tombstonesBefore: 0, limit: 100 }

let server: TestServer
let tool: PostgresTool
let schema: string
let store: Store
let other: Store

beforeAll(async () => {
  server = await testPostgres()
  tool = postgresTool(server.url)
})
afterAll(async () => {
  await tool.close()
  await server.close()
})
beforeEach(async () => {
  schema = tool.newSchema()
  store = postgres({ url: server.url, schema })
  other = postgres({ url: server.url, schema })
  await store.open()
  await other.open()
})
afterEach(async () => {
  await store.close()
  await other.close()
})

/** Begins a batch that has already looked at the database, and that waits until `meanwhile` is done to go on. */
async function whileItWaits(
  batch: Parameters<Store['write']>[0],
  meanwhile: () => Promise<void>,
): ReturnType<Store['write']> {
  await store.write([writeOf({ gid: 'in the way' })])
  const held = await holding(
    server.url,
    schema,
    "SELECT FROM transactions WHERE gid = 'in the way' FOR UPDATE",
  )
  const writing = store.write([writeOf({ gid: 'in the way', expect: 1 }), ...batch])
  await held.untilInTheWay()
  await meanwhile()
  await held.end('COMMIT')
  return writing
}

describe('a gid', () => {
  it('that is swept while it is written anew stays used', async () => {
    await store.write([endedWriteOf({ gid: 'used', content: 'first' })])
    const answers = await whileItWaits([writeOf({ gid: 'used', content: 'second' })], async () => {
      expect(await other.sweep(SWEEP_ALL)).toEqual({ swept: 1, forgotten: 0 })
    })
    expect(answers).toEqual([
      STORED,
      { outcome: 'conflict', tombstone: expect.objectContaining({ content: 'first' }) },
    ])
    expect(await store.read(['used'])).toEqual([undefined])
  })

  it('that begins and ends while it is written anew is not swept meanwhile', async () => {
    const answers = await whileItWaits([writeOf({ gid: 'quick' })], async () => {
      await other.write([endedWriteOf({ gid: 'quick', writeId: 'first', endedAt: Date.now() })])
      expect(await other.sweep(SWEEP_ALL)).toEqual({ swept: 0, forgotten: 0 })
    })
    expect(answers[1]).toEqual({ outcome: 'conflict', row: { version: 1, owner: null, writeId: 'first' } })
  })

  it('whose tombstone is forgotten while it is written anew is new', async () => {
    await store.write([endedWriteOf({ gid: 'old' })])
    await store.sweep(SWEEP_ALL)
    const answers = await whileItWaits([writeOf({ gid: 'old' })], async () => {
      await other.sweep({ ...SWEEP_ALL, tombstonesBefore: FAR_OFF })
    })
    expect(answers).toEqual([STORED, STORED])
    expect((await store.read(['old']))[0]?.version).toBe(1)
  })

  it('that many make at once is made once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const gid = `round-${round}`
      const rivals = Array.from({ length: 16 }, (_, index) => writeOf({ gid, writeId: `rival-${index}` }))
      const answers = await Promise.all(
        rivals.map(async (rival, index) => (await (index % 2 === 0 ? store : other).write([rival]))[0]),
      )
      const winner = rivals[answers.findIndex((answer) => answer?.outcome === 'stored')]
      expect(answers.filter((answer) => answer?.outcome === 'stored')).toHaveLength(1)
      const lost = { outcome: 'conflict', row: { version: 1, owner: null, writeId: winner?.writeId } }
      for (const answer of answers) expect([STORED, lost]).toContainEqual(answer)
    }
  })
})

/** That the server has met so far. */
async function deadlocks(): Promise<number> {
  const [found] = await tool.run('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')
  return Number(found?.deadlocks)
}

describe('batches at once', () => {
  it('that name the same gids in any order never stand in each other’s way', async () => {
    const before = await deadlocks()
    const gids = Array.from({ length: 60 }, (_, index) => `row-${index}`)
    await store.write(gids.map((gid) => writeOf({ gid })))
    for (let version = 1; version <= 10; version += 1) {
      const batches = [gids, gids.toReversed(), gids.toSorted(), gids.toSorted().toReversed()].map(
        (order, index) => order.map((gid) => writeOf({ gid, expect: version, writeId: `batch-${index}` })),
      )
      const answers = await Promise.all(
        batches.map((batch, index) => (index % 2 === 0 ? store : other).write(batch)),
      )
      const winners = answers.flat().filter(({ outcome }) => outcome === 'stored')
      expect(winners).toHaveLength(gids.length)
    }
    // Sessions tell what they have met when they end.
    await store.close()
    await other.close()
    expect(await deadlocks()).toBe(before)
  })

  it('that change labels of the same row leave those of the row that stands', async () => {
    await store.write([writeOf({ labels: { a: '1', b: '2' } })])
    for (let version = 1; version <= 10; version += 1) {
      await Promise.all(
        ['x', 'y', 'z'].map((value, index) =>
          (index % 2 === 0 ? store : other).write([
            writeOf({ expect: version, labels: { a: value, [`${value}-${version}`]: '3' } }),
          ]),
        ),
      )
      const [row] = await store.read(['order-17'])
      const kept = await tool.run('SELECT key, value FROM transaction_labels ORDER BY key', { schema })
      expect(Object.fromEntries(kept.map(({ key, value }) => [key, value]))).toEqual(row?.labels)
      expect(row?.version).toBe(version + 1)
    }
  })
})

describe('a claim', () => {
  it('passes over what somebody is writing, and never waits for it', async () => {
    await store.register('a', 600_000)
    await store.write(manyWrites(20))
    const held = await holding(
      server.url,
      schema,
      "SELECT FROM transactions WHERE gid LIKE 'row-1%' FOR UPDATE",
    )
    const claim = { incarnation: 'a', applications: [''], limit: 100, writeId: 'claim' }
    expect(await store.claim(claim)).toHaveLength(9)
    await held.end('ROLLBACK')
    expect(await store.claim(claim)).toHaveLength(11)
  })

  it('waits for a heartbeat that came first, and then leaves its owner what it drives', async () => {
    await store.register('owner', 60_000)
    await store.register('other', 6_000_000)
    await store.write([writeOf({ owner: 'owner' })])
    await shiftClock(tool, schema, 120_000)
    // A heartbeat that was in time, and whose commit is slow.
    const heartbeat = await holding(
      server.url,
      schema,
      `UPDATE incarnations SET expires_at = ${FAR_OFF} WHERE incarnation = 'owner'`,
    )
    const claiming = other.claim({ incarnation: 'other', applications: [''], limit: 9, writeId: 'claim' })
    await heartbeat.untilInTheWay()
    await heartbeat.end('COMMIT')
    expect(await claiming).toEqual([])
    expect((await store.heartbeat('owner', 60_000)).alive).toBe(true)
  })

  it('gives what stands when it takes it, not what stood when it began', async () => {
    await store.register('owner', 60_000)
    await store.register('other', 6_000_000)
    await store.write([
      writeOf({ owner: 'owner' }),
      writeOf({ gid: 'changed' }),
      writeOf({ gid: 'taken' }),
      writeOf({ gid: 'finished' }),
    ])
    await shiftClock(tool, schema, 120_000)
    const inTheWay = await holding(
      server.url,
      schema,
      "SELECT FROM incarnations WHERE incarnation = 'owner' FOR UPDATE",
    )
    const claiming = other.claim({ incarnation: 'other', applications: [''], limit: 9, writeId: 'claim' })
    await inTheWay.untilInTheWay()
    await store.write([
      writeOf({ gid: 'changed', expect: 1, state: 'newer' }),
      writeOf({ gid: 'taken', expect: 1, owner: 'other' }),
      endedWriteOf({ gid: 'finished', expect: 1 }),
    ])
    await inTheWay.end('COMMIT')
    const claimed = await claiming
    expect(claimed.map(({ gid, version, state }) => [gid, version, state]).sort()).toEqual([
      ['changed', 3, 'newer'],
      ['order-17', 2, '{"form":1}'],
    ])
    expect((await store.read(['changed', 'taken', 'finished'])).map((row) => row?.version)).toEqual([3, 2, 2])
  })

  it('ends a lease that has run out for good, even if the clock goes backwards', async () => {
    await store.register('owner', 60_000)
    await store.register('other', 6_000_000)
    await store.write([writeOf({ owner: 'owner' })])
    await shiftClock(tool, schema, 120_000)
    expect(
      await other.claim({ incarnation: 'other', applications: [''], limit: 9, writeId: 'claim' }),
    ).toHaveLength(1)
    await shiftClock(tool, schema, 0)
    expect((await store.heartbeat('owner', 60_000)).alive).toBe(false)
  })
})

describe('a lease', () => {
  it('that was found to have run out stays so, and the time that is told never goes backwards', async () => {
    await store.register('late', 60_000)
    await shiftClock(tool, schema, 120_000)
    const { alive, now } = await store.heartbeat('late', 60_000)
    expect(alive).toBe(false)
    await shiftClock(tool, schema, 0)
    const again = await store.heartbeat('late', 60_000)
    expect(again.alive).toBe(false)
    expect(again.now).toBeGreaterThanOrEqual(now)
  })

  it('that ended is remembered, but not for ever', async () => {
    await tool.run(
      `INSERT INTO incarnations (incarnation, expires_at, ended_at)
       SELECT 'ended-' || i, ${LONG_AGO} + i, ${LONG_AGO} + i FROM generate_series(1, 1200) AS i`,
      { schema },
    )
    await store.register('new', 60_000)
    const [kept] = await tool.run('SELECT count(*)::integer AS number FROM incarnations', { schema })
    expect(kept?.number).toBe(1_001)
    expect((await store.heartbeat('ended-1200', 60_000)).alive).toBe(false)
  })
})

describe('what the server refuses of a batch', () => {
  it('is invalid, and all others of the batch are stored', async () => {
    await tool.run("ALTER TABLE transactions ADD CONSTRAINT not_here CHECK (name <> 'refused')", { schema })
    const batch = Array.from({ length: 256 }, (_, index) => writeOf({ gid: `row-${index}` }))
    const long = Array.from({ length: 5_000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
    )
    batch[77] = writeOf({ gid: 'row-77', name: 'refused' })
    // Larger than an entry of an index may be.
    batch[200] = writeOf({ gid: 'row-200', name: long.join('') })
    const answers = await store.write(batch)
    expect(answers[77]).toEqual({ outcome: 'invalid', reason: expect.stringContaining('not_here') })
    expect(answers[200]).toEqual({ outcome: 'invalid', reason: expect.stringContaining('index row') })
    expect(answers.filter(({ outcome }) => outcome === 'stored')).toHaveLength(254)
    expect((await store.read(batch.map(({ gid }) => gid))).filter((row) => row !== undefined)).toHaveLength(
      254,
    )
  })
})
