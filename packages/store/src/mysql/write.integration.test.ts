import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@assent/engine'
import { type TestServer, testMariadb } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newDatabase, type TestDatabase } from '../../test/mysql-databases.ts'
import { endedWriteOf, LONG_AGO, manyWrites, writeOf } from '../../test/rows.ts'
import { mysql } from './store.ts'

const STORED = { outcome: 'stored' }
const FAR_OFF = 7_000_000_000_000

let server: TestServer
let database: TestDatabase
let store: Store

beforeAll(async () => {
  server = await testMariadb()
})
afterAll(() => server.close())
beforeEach(async () => {
  database = await newDatabase(server.url)
  store = mysql({ url: database.url })
  await store.open()
})
afterEach(async () => {
  await store.close()
  await database.drop()
})

describe('a row that the server refuses', () => {
  it.each([0, 100, 255])('is found among 256, at place %i, and the others are stored', async (place) => {
    await database.run("ALTER TABLE assent_transactions ADD CONSTRAINT no_such CHECK (name <> 'refused')")
    const updated = manyWrites(128)
    expect(await store.write(updated)).toEqual(updated.map(() => STORED))
    const batch = [
      ...updated.map((row) => ({ ...row, expect: 1, state: 'second' })),
      ...manyWrites(128).map((row) => ({ ...row, gid: `new-${row.gid}` })),
    ].map((row, index) => (index === place ? { ...row, name: 'refused' } : row))
    const answers = await store.write(batch)
    expect(answers[place]).toEqual({ outcome: 'invalid', reason: expect.stringMatching(/no_such/) })
    expect(answers.filter((_, index) => index !== place)).toEqual(new Array(255).fill(STORED))
    const rows = await store.read(batch.map(({ gid }) => gid))
    expect(rows.map((row) => row?.version)).toEqual(
      batch.map(({ expect: version }, index) => (index === place ? version || undefined : version + 1)),
    )
  })

  it('stands alone when there are several, and beside conflicts', async () => {
    await database.run("ALTER TABLE assent_transactions ADD CONSTRAINT no_such CHECK (name <> 'refused')")
    await store.write([writeOf({ gid: 'row-1' })])
    const answers = await store.write(
      manyWrites(10).map((row, index) => ({ ...row, name: index % 3 === 0 ? 'refused' : 'transfer' })),
    )
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      ...[
        'invalid',
        'conflict',
        'stored',
        'invalid',
        'stored',
        'stored',
        'invalid',
        'stored',
        'stored',
        'invalid',
      ],
    ])
  })

  it('for its size is told so at once, and keeps no other from being stored', async () => {
    const [large, other] = await store.write([
      writeOf({ state: 's'.repeat(17 * 1024 * 1024) }),
      writeOf({ gid: 'other' }),
    ])
    expect(large).toEqual({
      outcome: 'invalid',
      reason: expect.stringMatching(/are the most that the server takes/),
    })
    expect(other).toEqual(STORED)
  })
})

describe('a new transaction', () => {
  it('that meets a sweep of its gid finds the tombstone', async () => {
    await store.write([endedWriteOf({ content: 'its content' })])
    const sweeping = database.run(
      'BEGIN',
      "DELETE FROM assent_transactions WHERE gid = 'order-17'",
      'DO SLEEP(1)',
      `INSERT INTO assent_tombstones VALUES ('order-17', 'its content', 'COMMITTED', ${LONG_AGO})`,
      'COMMIT',
    )
    await sleep(300)
    const began = performance.now()
    const answers = await store.write([writeOf(), writeOf({ gid: 'other' })])
    expect(performance.now() - began).toBeGreaterThan(300)
    expect(answers).toEqual([
      {
        outcome: 'conflict',
        tombstone: { gid: 'order-17', content: 'its content', status: 'COMMITTED', endedAt: LONG_AGO },
      },
      STORED,
    ])
    await sweeping
    expect(await store.read(['order-17'])).toEqual([undefined])
  })

  it('is stored once, however many begin it at once, and the others are told by whom', async () => {
    for (let round = 0; round < 10; round += 1) {
      const rivals = Array.from({ length: 8 }, (_, index) => [
        writeOf({ gid: `round-${round}`, writeId: `rival-${index}`, createdAt: LONG_AGO + index }),
        writeOf({ gid: `round-${round}-${index}`, writeId: `rival-${index}` }),
      ])
      const answers = await Promise.all(rivals.map((batch) => store.write(batch)))
      const winners = rivals.filter((_, index) => answers[index]?.[0]?.outcome === 'stored')
      expect(winners).toHaveLength(1)
      const writeId = winners[0]?.[0]?.writeId
      for (const [first, second] of answers) {
        expect(second).toEqual(STORED)
        if (first?.outcome !== 'stored') {
          expect(first).toEqual({ outcome: 'conflict', row: { version: 1, owner: null, writeId } })
        }
      }
    }
  })

  it('never comes to stand beside its tombstone while sweeps go on', async () => {
    const gids = Array.from({ length: 20 }, (_, index) => `g${index}`)
    await store.write(gids.map((gid) => endedWriteOf({ gid })))
    const sweeper = mysql({ url: database.url })
    await sweeper.open()
    const [{ swept }, ...answers] = await Promise.all([
      sweeper.sweep({ endedBefore: FAR_OFF, tombstonesBefore: 0, limit: 20 }),
      ...gids.map((gid) => store.write([writeOf({ gid, expect: 0 })])),
    ])
    await sweeper.close()
    expect(answers.flat().map(({ outcome }) => outcome)).toEqual(gids.map(() => 'conflict'))
    const standing = await store.read(gids)
    const tombstones = await store.readTombstones(gids)
    expect(tombstones.filter((tombstone) => tombstone !== undefined)).toHaveLength(swept)
    for (const [index, row] of standing.entries())
      expect(row === undefined).toBe(tombstones[index] !== undefined)
  })
})

describe('texts that other collations take for the same', () => {
  it('are different gids, names, applications and incarnations', async () => {
    const texts = ['a', 'A', 'a ', 'a  ', 'ä', 'á', 'ａ', 'ß', 'ss', '\u{1f600}', '\u{1f601}', '', ' ']
    await store.register('x', 60_000)
    for (const [index, text] of texts.entries()) {
      expect(
        await store.write([
          writeOf({ gid: text, name: text, application: text, dueAt: LONG_AGO + index, writeId: `${index}` }),
        ]),
      ).toEqual([STORED])
    }
    for (const [index, text] of texts.entries()) {
      expect((await store.read([text]))[0]?.writeId).toBe(`${index}`)
      expect((await store.list({ name: text })).rows.map(({ gid }) => gid)).toEqual([text])
      expect(await store.nextDueAt([text])).toBe(LONG_AGO + index)
    }
    for (const text of texts) {
      await store.register(text, 60_000)
      const claimed = await store.claim({
        incarnation: text,
        applications: [text],
        limit: 9,
        writeId: 'claim',
      })
      expect(claimed.map(({ gid }) => gid)).toEqual([text])
      expect((await store.owned({ incarnation: text, limit: 9 })).transactions).toEqual([
        { gid: text, version: 2 },
      ])
    }
    await store.retire('a')
    for (const text of texts) expect((await store.heartbeat(text, 60_000)).alive).toBe(text !== 'a')
  })
})

describe('rows that somebody holds', () => {
  it('are waited for, and the batch is stored when they are free', async () => {
    await store.write(manyWrites(10))
    const holding = database.run(
      'BEGIN',
      'SELECT * FROM assent_transactions FOR UPDATE',
      'DO SLEEP(1)',
      'ROLLBACK',
    )
    await sleep(300)
    const updates = manyWrites(10).map((row) => ({ ...row, expect: 1, state: 'second' }))
    expect(await store.write(updates)).toEqual(updates.map(() => STORED))
    await holding
  })

  it('are passed over by claims and sweeps', async () => {
    await store.write([
      ...manyWrites(4),
      ...manyWrites(4).map((row) => endedWriteOf({ gid: `ended-${row.gid}` })),
    ])
    await store.register('a', 60_000)
    const holding = database.run(
      'BEGIN',
      "SELECT * FROM assent_transactions WHERE gid IN ('row-1', 'ended-row-2') FOR UPDATE",
      'DO SLEEP(1)',
      'ROLLBACK',
    )
    await sleep(300)
    const claimed = await store.claim({ incarnation: 'a', applications: [''], limit: 9, writeId: 'claim' })
    expect(claimed.map(({ gid }) => gid).sort()).toEqual(['row-0', 'row-2', 'row-3'])
    expect((await store.sweep({ endedBefore: FAR_OFF, tombstonesBefore: 0, limit: 9 })).swept).toBe(3)
    await holding
    expect(
      await store.claim({ incarnation: 'a', applications: [''], limit: 9, writeId: 'claim' }),
    ).toHaveLength(1)
    expect((await store.sweep({ endedBefore: FAR_OFF, tombstonesBefore: 0, limit: 9 })).swept).toBe(1)
  })
})

describe('incarnations that ended', () => {
  it('are forgotten in the end, whether anybody noticed their end or not', async () => {
    await store.register('alive', 60_000)
    const ended = Array.from({ length: 2_500 }, (_, index) => `('gone-${index}', ${LONG_AGO + index})`)
    await database.run(`INSERT INTO assent_incarnations (incarnation, expires_at) VALUES ${ended}`)
    for (const incarnation of ['b', 'c', 'd']) await store.register(incarnation, 60_000)
    const [kept] = await database.run('SELECT COUNT(*) AS number FROM assent_incarnations')
    expect(kept?.number).toBeLessThan(1_010)
    for (const incarnation of ['alive', 'b', 'c', 'd']) {
      expect((await store.heartbeat(incarnation, 60_000)).alive).toBe(true)
    }
  })
})

describe('an incarnation that was found to have ended', () => {
  it('stays so when the server’s clock is set back', async () => {
    await store.write([writeOf({ owner: 'a' })])
    await store.register('a', 100)
    await store.register('b', 60_000)
    await sleep(150)
    expect(
      await store.claim({ incarnation: 'b', applications: [''], limit: 9, writeId: 'claim' }),
    ).toHaveLength(1)
    // As if its lease ran on.
    await database.run(
      "UPDATE assent_incarnations SET expires_at = expires_at + 100000 WHERE incarnation = 'a'",
    )
    expect((await store.heartbeat('a', 60_000)).alive).toBe(false)
    await store.register('a', 60_000)
    expect((await store.heartbeat('a', 60_000)).alive).toBe(false)
  })
})
