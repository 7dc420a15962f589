import { randomUUID } from 'node:crypto'
import { Refused } from '@assent/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callOf } from '../../test/accounts.ts'
import { happening, type OutboxService, startOutboxService, TOPIC } from '../../test/outbox/service.ts'
import { DRIVERS, MYSQL2, PG } from '../../test/sql/libraries.ts'
import type { Library } from '../../test/sql/library.ts'
import { PRISMA_MYSQL, PRISMA_POSTGRES } from '../../test/sql/prisma.ts'
import {
  DRIZZLE_MYSQL2,
  DRIZZLE_POSTGRES_JS,
  KNEX_POSTGRES,
  KYSELY_MYSQL,
  KYSELY_POSTGRES,
  TYPEORM_POSTGRES,
} from '../../test/sql/query-builders.ts'
import { sqlBarrier } from '../barrier/sql/barrier.ts'
import { outbox } from './outbox.ts'

const LIBRARIES: readonly Library<never>[] = [
  ...DRIVERS,
  KYSELY_POSTGRES,
  KYSELY_MYSQL,
  KNEX_POSTGRES,
  DRIZZLE_POSTGRES_JS,
  DRIZZLE_MYSQL2,
  TYPEORM_POSTGRES,
  PRISMA_POSTGRES,
  PRISMA_MYSQL,
] as Library<never>[]

const SOON = { timeout: 20_000, interval: 10 }

for (const library of LIBRARIES) describe(library.name, () => adds(library as Library<unknown>))

function adds(library: Library<unknown>): void {
  let service: OutboxService<unknown>
  beforeAll(async () => {
    service = await startOutboxService(library)
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  const values = () => service.told().map(({ value }) => JSON.parse(value))

  it('tells what a barrier’s business has told, once its answer is kept, and once for all repeats', async () => {
    const { outbox: events, opened } = service
    await service.relay()
    const barrier = sqlBarrier(opened.database)
    const run = () =>
      barrier.run(callOf('action'), async (transaction) => {
        await opened.leave(transaction, 'action')
        await events.add(transaction, happening('a', 'it was done'))
      })
    expect(await run()).toMatchObject({ case: 'executed' })
    expect(await run()).toMatchObject({ case: 'duplicate' })
    await expect.poll(values, SOON).toEqual(['it was done'])
  })

  it('tells nothing of a business that is rolled back, or refuses', async () => {
    const { outbox: events, opened, database } = service
    const barrier = sqlBarrier(opened.database)
    const telling = (then: () => never) => async (transaction: unknown) => {
      await events.add(transaction, happening('a', 'never'))
      then()
    }
    const refuse = () => {
      throw new Refused('NO')
    }
    const fail = () => {
      throw new Error('no idea')
    }
    expect(await barrier.run(callOf('action', 'refused'), telling(refuse))).toMatchObject({ case: 'refused' })
    await expect(barrier.run(callOf('action', 'failed'), telling(fail))).rejects.toThrow('no idea')
    expect(await database.run('SELECT id FROM assent_outbox')).toEqual([])
  })

  it('hands over every text as it is, to the last byte', async () => {
    await service.relay()
    const text = '\'"\\ $1 ? ?? :name \0 \u{1f980} ä\n\ud800 -- /* */ %s'
    const aggregateId = "it's a \\ ä\u{1f980} ? key"
    const id = randomUUID()
    const eventData = { text, [text]: [1e21, -0.5, null, { deep: [text] }] }
    const headers = { 'x-odd': "'\\ ä ?" }
    await service.add({ id, aggregateId, eventType: "Odd ' type ?", eventData, topic: TOPIC, headers })
    await expect.poll(() => service.told().length, SOON).toBe(1)
    expect(service.told()).toMatchObject([
      {
        key: aggregateId,
        value: JSON.stringify(eventData),
        headers: { 'x-odd': "'\\ ä ?", 'assent-event-id': id, 'assent-event-type': "Odd ' type ?" },
      },
    ])
  })

  it('takes several in one call, those of each key in their order', async () => {
    const events = Array.from({ length: 30 }, (_, number) => happening(`key-${number % 7}`, number))
    const ids = await service.transact((transaction) => service.outbox.add(transaction, ...events))
    expect(new Set(ids).size).toBe(events.length)
    await service.relay()
    await expect.poll(() => service.told().length, SOON).toBe(events.length)
    for (let key = 0; key < 7; key++) {
      const ofKey = service.told().filter((message) => message.key === `key-${key}`)
      expect(ofKey.map(({ value }) => Number(value))).toEqual(
        events.map(({ eventData }) => eventData).filter((number) => Number(number) % 7 === key),
      )
    }
  })
}

describe('an outbox', () => {
  it('takes transactions that it knows, of its own dialect, and says so of others', async () => {
    const events = outbox('postgres')
    await expect(events.add({}, happening('a', 1))).rejects.toThrow('transaction of a library that is known')
    const service = await startOutboxService(MYSQL2)
    await service.transact(async (transaction) => {
      await expect(events.add(transaction, happening('a', 1))).rejects.toThrow('speaks mysql')
      const wide = Array.from({ length: 1_001 }, () => happening('a', 1))
      await expect(service.outbox.add(transaction, ...wide)).rejects.toThrow('1001 events')
      expect(await service.outbox.add(transaction)).toEqual([])
    })
    await service.close()
  })

  it('lets those pass each other who add the same keys in different orders, each in one call', async () => {
    for (const library of [PG, MYSQL2] as Library<never>[]) {
      const service = await startOutboxService(library as Library<unknown>)
      const keys = Array.from({ length: 12 }, (_, place) => happening(`key-${place}`, place))
      const turned = [...keys].reverse()
      const all = Array.from({ length: 40 }, (_, turn) => service.add(...(turn % 2 ? keys : turned)))
      // A deadlock would reject one of them: nothing starts again here.
      await Promise.all(all)
      await service.close()
    }
  })
})
