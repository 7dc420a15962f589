import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  happening,
  type OutboxService,
  startOutboxService,
  withoutRepeats,
} from '../../test/outbox/service.ts'
import { MARIADB, MYSQL2, PG, POSTGRES_JS } from '../../test/sql/libraries.ts'
import type { Library } from '../../test/sql/library.ts'
import { within } from '../../test/sql/service.ts'
import type { RelayOptions } from './relay.ts'

const KEYS = ['a', 'b', 'c']
/** A busy machine is no failure. */
const SOON = { timeout: 20_000, interval: 10 }
const WRITERS = 8
const EVENTS_OF_WRITER = 15

for (const library of [PG, POSTGRES_JS, MYSQL2, MARIADB]) {
  describe(library.name, () => order(library as Library<unknown>))
}

function order(library: Library<unknown>): void {
  let service: OutboxService<unknown>
  beforeAll(async () => {
    service = await startOutboxService(library)
    await service.database.run(
      'CREATE TABLE commits (name varchar(100) PRIMARY KEY, number integer NOT NULL)',
      'CREATE TABLE counted (id integer PRIMARY KEY, number integer NOT NULL)',
      `INSERT INTO counted VALUES ${KEYS.map((_, place) => `(${place}, 0)`).join(', ')}`,
    )
  })
  beforeEach(async () => {
    await service.clear()
    await service.database.run('DELETE FROM commits', 'UPDATE counted SET number = 0')
  })
  afterAll(() => service.close())

  it('lets nobody add to a key before the one who was there first has committed', async () => {
    await service.relay({ pollIntervalMs: 5 })
    const steps: string[] = []
    const first = Promise.withResolvers<void>()
    const one = service.transact(async (transaction) => {
      await service.outbox.add(transaction, happening('a', 'first'))
      first.resolve()
      // Long enough for the other to be committed, if nothing held it.
      await pause(150)
      steps.push('the first commits')
    })
    await first.promise
    const other = service.transact(async (transaction) => {
      await service.outbox.add(transaction, happening('a', 'second'))
      steps.push('the second is in')
    })
    await Promise.all([one, other])
    expect(steps).toEqual(['the first commits', 'the second is in'])
    await expect.poll(() => service.told().map(({ value }) => value), SOON).toEqual(['"first"', '"second"'])
  })

  it('lets writers of other keys pass meanwhile', async () => {
    await service.relay({ pollIntervalMs: 5 })
    await service.transact(async (transaction) => {
      await service.outbox.add(transaction, happening('a', 'slow'))
      await service.add(happening('b', 'quick'))
      await expect.poll(() => service.told().map(({ value }) => value), SOON).toEqual(['"quick"'])
    })
    await expect.poll(() => service.told().map(({ value }) => value), SOON).toEqual(['"quick"', '"slow"'])
  })

  /** Adds events by many at once, each of which takes note behind it of which commit of its key it is. */
  const writeAll = () =>
    Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (let turn = 0; turn < EVENTS_OF_WRITER; turn++) {
          const place = (writer + turn) % KEYS.length
          const name = `${writer}-${turn}`
          await service.transact(async (transaction) => {
            await service.outbox.add(transaction, happening(KEYS[place] ?? '', name))
            await pause(Math.random() * 3)
            const { run } = within(transaction)
            for (const sql of [
              `UPDATE counted SET number = number + 1 WHERE id = ${place}`,
              `INSERT INTO commits SELECT '${name}', number FROM counted WHERE id = ${place}`,
            ]) {
              await run({ sql, values: [], answers: 'count' })
            }
          })
        }
      }),
    )

  /** The names of each key's events, in the order of their commits. */
  const committed = async () => {
    const rows = await service.database.run('SELECT name, number FROM commits ORDER BY number')
    const keys = KEYS.map((key, place): [string, string[]] => {
      const ofKey = rows.map(({ name }) => String(name)).filter((name) => placeOf(name) === place)
      return [key, ofKey.map((name) => JSON.stringify(name))]
    })
    return new Map(keys)
  }

  it.each([
    ['one relay', 1],
    ['three relays', 3],
  ])(
    'sends the events of each key in the order of their commits, however many write, by %s',
    async (_, relays) => {
      for (let turn = 0; turn < relays; turn++) await service.relay({ pollIntervalMs: 1, batch: 16 })
      await writeAll()
      await expect.poll(() => service.told().length, SOON).toBe(WRITERS * EVENTS_OF_WRITER)
      expect(withoutRepeats(service.told())).toEqual(await committed())
    },
  )

  // postgres.js ends the process, or never answers again, where a connection is closed amid a statement of its.
  it.skipIf(library.name === POSTGRES_JS.name)(
    'loses nothing and keeps the order while acknowledgements and connections are lost',
    async () => {
      service.broker.inject({ acknowledgementLostEvery: 4 })
      const writers = await connectionsOf(service)
      const slow: RelayOptions['broker'] = {
        send: async (messages) => {
          await pause(5)
          await service.broker.send(messages)
          await pause(5)
        },
      }
      for (let turn = 0; turn < 3; turn++) await service.relay({ pollIntervalMs: 1, batch: 16, broker: slow })
      let isWriting = true
      const killed = (async () => {
        while (isWriting) {
          await killRelay(service, writers)
          await pause(20)
        }
      })()
      await writeAll()
      isWriting = false
      await killed
      service.broker.inject({ acknowledgementLostEvery: undefined })
      await expect.poll(async () => waiting(service), SOON).toBe(0)
      expect(service.errors.length).toBeGreaterThan(0)
      expect(withoutRepeats(service.told())).toEqual(await committed())
    },
  )
}

function placeOf(name: string): number {
  const [writer = 0, turn = 0] = name.split('-').map(Number)
  return (writer + turn) % KEYS.length
}

async function waiting({ database }: OutboxService<unknown>): Promise<number> {
  const [row] = await database.run('SELECT count(*) AS number FROM assent_outbox WHERE NOT processed')
  return Number(row?.number)
}

/** Ends the connection of a relay that is amid a round, if there is one. */
async function killRelay({ database }: OutboxService<unknown>, writers: readonly unknown[]): Promise<void> {
  if (database.dialect === 'postgres') {
    await database.run(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'assent_outbox_lanes'::regclass LIMIT 1`,
    )
    return
  }
  const [row] = await database.run(
    `SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_trx WHERE trx_rows_locked > 0
      AND trx_mysql_thread_id NOT IN (${writers.join(', ')}) ORDER BY RAND() LIMIT 1`,
  )
  // It may have ended by itself.
  if (row) await database.run(`KILL CONNECTION ${row.id}`).catch(() => {})
}

/** The connections that a service has before there are relays, all of them opened. */
async function connectionsOf({ database, transact }: OutboxService<unknown>): Promise<unknown[]> {
  if (database.dialect === 'postgres') return []
  await Promise.all(Array.from({ length: WRITERS }, () => transact(() => pause(50))))
  const rows = await database.run('SELECT id FROM information_schema.processlist WHERE db = DATABASE()')
  return rows.map(({ id }) => id)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
