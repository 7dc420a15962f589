import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { BrokerUnavailable, MessageInvalid } from '@assent/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { behindReads } from '../../test/outbox/behind-reads.ts'
import {
  happening,
  listenAt,
  type OutboxService,
  startOutboxService,
  TOPIC,
} from '../../test/outbox/service.ts'
import { MARIADB, PG, POSTGRES_JS } from '../../test/sql/libraries.ts'
import type { Library } from '../../test/sql/library.ts'
import { deadEvents, retryDead } from './dead.ts'
import { outboxLag } from './lag.ts'
import { LANES_CHECK_INTERVAL_MS } from './lanes.ts'
import { outbox } from './outbox.ts'
import { type RelayOptions, relayOutbox } from './relay.ts'
import { ROUND_MAX_BYTES } from './round.ts'
import { sweepOutbox } from './sweep.ts'
import { outboxTable } from './table.ts'
import { LANES } from './table-names.ts'

const SOON = { timeout: 20_000, interval: 10 }
/** Longer than any test: whoever looks only so often must be woken. */
const NEVER_MS = 600_000

for (const library of [PG, MARIADB]) {
  describe(`a relay of an outbox, by ${library.name}`, () => relaying(library as Library<unknown>))
}

function relaying(library: Library<unknown>): void {
  let service: OutboxService<unknown>
  beforeAll(async () => {
    service = await startOutboxService(library)
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  const values = (topic = TOPIC) => service.told(topic).map(({ value }) => JSON.parse(value))
  /** Never takes what is told as poison. */
  const strict: RelayOptions['broker'] = {
    send: async (messages) => {
      if (messages.some(({ value }) => value === '"poison"')) throw new MessageInvalid('poison')
      await service.broker.send(messages)
    },
  }

  it('keeps everything while the broker is away, says how much waits and for how long, and goes on by itself', async () => {
    service.broker.inject({ isAway: true })
    const relay = await service.relay()
    await service.add(happening('a', 1), happening('b', 2))
    await expect.poll(() => relay.counters.failed, SOON).toBeGreaterThanOrEqual(4)
    expect(service.errors).toContainEqual(expect.objectContaining({ name: 'BrokerUnavailable' }))
    const { oldestMs, ...lag } = await relay.lag()
    expect(lag).toEqual({ waiting: 2, dead: 0 })
    expect(oldestMs).toBeGreaterThan(50)
    service.broker.inject({ isAway: false })
    await expect.poll(() => values().sort(), SOON).toEqual([1, 2])
    await expect.poll(() => relay.lag(), SOON).toEqual({ oldestMs: 0, waiting: 0, dead: 0 })
    expect(relay.counters).toMatchObject({ sent: 2, dead: 0, brokenRounds: 0 })
  })

  it('keeps back no topic for another that is missing', async () => {
    const broker: RelayOptions['broker'] = {
      send: async (messages) => {
        if (messages.some(({ topic }) => topic === 'missing')) throw new BrokerUnavailable('no such topic')
        await service.broker.send(messages)
      },
    }
    // More than are read at once, so that what comes behind is reached only if these rest.
    const relay = await service.relay({ broker, batch: 4 })
    await service.add(
      ...Array.from({ length: 20 }, (_, turn) => ({ ...happening('a', turn), topic: 'missing' })),
    )
    await service.add(happening('a', 'behind'))
    await expect.poll(() => values(), SOON).toEqual(['behind'])
    await expect.poll(() => relay.lag(), SOON).toMatchObject({ waiting: 20 })
  })

  it('keeps events of a type that it does not know for a relay that does, and what is behind them in their keys', async () => {
    const old = await service.relay({ topicOf: (type) => (type === 'Known' ? TOPIC : undefined) })
    const add = (aggregateId: string, eventType: string, eventData: number) =>
      service.add({ aggregateId, eventType, eventData })
    await add('a', 'Known', 1)
    await add('a', 'New', 2)
    await add('a', 'Known', 3)
    await add('b', 'Known', 1)
    const ofKey = (key: string) =>
      service
        .told()
        .filter((message) => message.key === key)
        .map(({ value }) => Number(value))
    const complaints = () =>
      service.errors.filter((error) => String(error).includes('no topic is known for New'))
    await expect.poll(() => complaints().length, SOON).toBeGreaterThan(2)
    await expect.poll(() => [ofKey('a'), ofKey('b')], SOON).toEqual([[1], [1]])
    expect(await old.lag()).toMatchObject({ waiting: 2, dead: 0 })
    await service.relay({ topicOf: () => TOPIC })
    await expect.poll(() => ofKey('a'), SOON).toEqual([1, 2, 3])
  })

  it('spends but a part of its time on looking through what rests', async () => {
    const beganMs = performance.now()
    const lookMs = 50
    let looks = 0
    const slow = behindReads(service.opened.database, async () => {
      looks += 1
      await sleep(lookMs)
    })
    service.broker.inject({ isAway: true })
    await service.add(happening('a', 1))
    const relay = relayOutbox({ database: slow, broker: service.broker, onError: () => {} })
    await expect.poll(() => looks, SOON).toBeGreaterThan(10)
    await relay.close()
    expect(looks * lookMs).toBeLessThan((performance.now() - beganMs) / 2)
  })

  it('reads no more at once than fits, and keeps the order of what is large', async () => {
    const rounds: number[] = []
    const large = Array.from({ length: 30 }, (_, number) => ({
      ...happening('a', number),
      eventData: { number, filling: 'x'.repeat(900_000) },
    }))
    for (const event of large) await service.add(event)
    await service.relay({ observe: ({ sent }) => rounds.push(sent) })
    await expect.poll(() => service.told().length, SOON).toBe(large.length)
    expect(values().map(({ number }) => number)).toEqual(large.map((_, number) => number))
    await expect.poll(() => rounds.length, SOON).toBeGreaterThan(1)
    expect(Math.max(...rounds) * 900_000).toBeLessThanOrEqual(ROUND_MAX_BYTES)
  })

  it('keeps the order of a topic while the broker is away for one type of its events', async () => {
    const tried: unknown[] = []
    const relay = await service.relay({
      topicOf: () => TOPIC,
      pollIntervalMs: 5,
      broker: {
        send: async (messages) => {
          tried.push(...messages.map(({ value }) => JSON.parse(value)))
          if (tried.length === 1) throw new BrokerUnavailable('for a moment')
          await service.broker.send(messages)
        },
      },
    })
    await service.add({ aggregateId: 'a', eventType: 'Began', eventData: 'first' })
    await expect.poll(() => relay.counters.failed, SOON).toBe(1)
    await service.add({ aggregateId: 'a', eventType: 'Ended', eventData: 'second' })
    await expect.poll(() => values(), SOON).toEqual(['first', 'second'])
    expect(tried).toEqual(['first', 'first', 'second'])
  })

  it('gives up what the broker never takes, and that alone; a person reads why, and has it sent again', async () => {
    let isStrict = true
    const broker: RelayOptions['broker'] = {
      send: async (messages) => {
        const bad = messages.find(({ value }) => value === '"poison"')
        if (bad && isStrict) throw new MessageInvalid('larger than the broker takes')
        await service.broker.send(messages)
      },
    }
    const relay = await service.relay({ broker })
    await service.add(happening('a', 1), happening('a', 'poison'), happening('a', 2))
    await expect.poll(() => values(), SOON).toEqual([1, 2])
    await expect.poll(() => relay.counters.dead, SOON).toBe(1)
    expect(await relay.lag()).toMatchObject({ waiting: 0, dead: 1 })
    const dead = await deadEvents(service.opened.database)
    expect(dead).toMatchObject([
      { aggregateId: 'a', eventType: 'Happened', reason: 'larger than the broker takes' },
    ])
    isStrict = false
    expect(
      await retryDead(
        service.opened.database,
        dead.map(({ id }) => id),
      ),
    ).toBe(1)
    await expect.poll(() => values(), SOON).toEqual([1, 2, 'poison'])
    expect(
      await retryDead(
        service.opened.database,
        dead.map(({ id }) => id),
      ),
    ).toBe(0)
  })

  it('gives up a row of another program of which no message can be made, and sends the others', async () => {
    // PostgreSQL refuses what is no JSON.
    const headers = library.dialect === 'mysql' ? ['', '{"version": 2}'] : ['[1]', '{"version": 2}']
    const rows = headers.map((text) => `('${randomUUID()}', 'a', 'Written', '1', '${TOPIC}', '${text}')`)
    await service.database.run(
      `INSERT INTO assent_outbox (id, aggregate_id, event_type, event_data, topic, headers) VALUES ${rows.join(', ')}`,
    )
    await service.add(happening('a', 'behind'), happening('b', 'beside'))
    const relay = await service.relay()
    await expect.poll(() => values().sort(), SOON).toEqual(['behind', 'beside'])
    await expect.poll(() => relay.lag(), SOON).toEqual({ oldestMs: 0, waiting: 0, dead: 2 })
    const dead = await deadEvents(service.opened.database)
    expect(dead.map(({ reason }) => reason)).toEqual(
      headers.map(() => 'its headers are no JSON object of texts'),
    )
  })

  it('tells what its rounds came to, and is not ended by who is told', async () => {
    const rounds: unknown[] = []
    await service.relay({
      broker: strict,
      observe: (round) => {
        rounds.push(round)
        throw new Error('the observer fails')
      },
    })
    const tookMs = expect.any(Number)
    await service.add(happening('a', 1), happening('b', 1), happening('a', 'poison'))
    await expect.poll(() => rounds, SOON).toEqual([{ sent: 2, dead: 1, failed: 0, tookMs }])
    await service.add(happening('a', 3))
    await expect.poll(() => rounds.slice(1), SOON).toEqual([{ sent: 1, dead: 0, failed: 0, tookMs }])
  })

  it('sends nothing more once it is closed, which waits for the round that is under way', async () => {
    const begun = Promise.withResolvers<void>()
    const going = Promise.withResolvers<void>()
    const relay = await service.relay({
      broker: {
        send: async (messages) => {
          begun.resolve()
          await going.promise
          await service.broker.send(messages)
        },
      },
    })
    await service.add(happening('a', 1))
    await begun.promise
    const closed = relay[Symbol.asyncDispose]()
    await service.add(happening('a', 2))
    going.resolve()
    await closed
    expect(values()).toEqual([1])
    expect(await relay.lag()).toMatchObject({ waiting: 1 })
  })

  it('creates the tables where they are missing, also many at a time, under the name that it is given', async () => {
    const relays = await Promise.all(
      Array.from({ length: 4 }, () => service.relay({ table: 'outbox_events' })),
    )
    await expect
      .poll(
        () =>
          relays[3]
            ?.lag()
            .then(({ waiting }) => waiting)
            .catch(() => -1),
        SOON,
      )
      .toBe(0)
    const events = outbox(service.opened.database, { table: 'outbox_events' })
    await service.transact((transaction) => events.add(transaction, happening('a', 'named')))
    await expect.poll(() => values(), SOON).toEqual(['named'])
    await service.stop()
    // As a service that keeps its migrations itself.
    for (const statement of outboxTable(library.dialect, 'outbox_events'))
      await service.database.run(statement)
  })

  it.each([
    ['all lanes', ''],
    ['some lanes', `WHERE lane >= ${LANES / 2}`],
  ])(
    'puts back %s whose rows are gone, at its start and later; until then the lag tells',
    async (_, which) => {
      const keys = Array.from({ length: LANES }, (_, number) => `key-${number}`)
      const loseLanes = () => service.database.run(`DELETE FROM assent_outbox_lanes ${which}`)
      await loseLanes()
      await service.add(...keys.map((key) => happening(key, 1)))
      const lag = () => outboxLag(service.opened.database)
      await expect.poll(async () => (await lag()).oldestMs, SOON).toBeGreaterThan(0)
      await service.relay()
      await expect.poll(() => values().length, SOON).toBe(LANES)
      await loseLanes()
      await service.add(...keys.map((key) => happening(key, 2)))
      const now = performance.now.bind(performance)
      const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + LANES_CHECK_INTERVAL_MS)
      await expect.poll(() => values().length, SOON).toBe(2 * LANES)
      later.mockRestore()
    },
  )

  it('forgets what was sent long enough ago, and keeps what waits and what is dead', async () => {
    const relay = await service.relay({ broker: strict })
    const untold = happening('a', 'poison')
    await service.add(...Array.from({ length: 30 }, (_, turn) => happening(`k${turn}`, turn)), untold)
    await expect.poll(() => relay.counters, SOON).toMatchObject({ sent: 30, dead: 1 })
    await service.stop()
    await service.add(happening('a', 'waits'))
    const sweep = (retentionMs: number) => sweepOutbox(service.opened.database, { retentionMs })
    expect(await sweep(3_600_000)).toBe(0)
    // Clocks of databases are coarse.
    expect(await sweep(-1_000)).toBe(30)
    const left = await service.database.run('SELECT dead FROM assent_outbox ORDER BY dead')
    expect(left.map(({ dead }) => Number(dead))).toEqual([0, 1])
  })
}

describe('a relay that listens', () => {
  let service: OutboxService<unknown>
  beforeAll(async () => {
    service = await startOutboxService(PG as Library<unknown>)
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  const values = () => service.told().map(({ value }) => JSON.parse(value))
  const asleep = () => service.database.run("SELECT setval('assent_outbox_awake', 1)").then(() => undefined)

  it('is woken by the commit, by pg and by postgres.js', async () => {
    for (const by of ['pg', 'postgres.js']) {
      const own = await POSTGRES_JS.open(service.database.url, 1)
      const sql = (await import('postgres')).default(service.database.url, { max: 1 })
      const listen = by === 'pg' ? listenAt(service.database.url) : () => sql
      const relay = await service.relay({ listen, pollIntervalMs: NEVER_MS })
      await expect.poll(() => relay.isListening, SOON).toBe(true)
      await asleep()
      await service.add(happening('a', by))
      await expect.poll(() => values().at(-1), SOON).toBe(by)
      await service.stop()
      await sql.end()
      await own.close()
    }
  })

  it('is woken however the name of its table is written', async () => {
    const listen = listenAt(service.database.url)
    const relay = await service.relay({ table: 'Told_Events', listen, pollIntervalMs: NEVER_MS })
    await expect.poll(() => relay.lag().catch(() => undefined), SOON).toMatchObject({ waiting: 0 })
    await expect.poll(() => relay.isListening, SOON).toBe(true)
    const events = outbox('postgres', { table: 'told_events' })
    await service.transact((transaction) => events.add(transaction, happening('a', 'told')))
    await expect.poll(values, SOON).toEqual(['told'])
  })

  it('is not woken by what says nothing, and finds it at the next look', async () => {
    const quiet = outbox('postgres', { wakes: false })
    const relay = await service.relay({ listen: listenAt(service.database.url), pollIntervalMs: 300 })
    await expect.poll(() => relay.isListening, SOON).toBe(true)
    await service.transact((transaction) => quiet.add(transaction, happening('a', 'quiet')))
    await expect.poll(values, SOON).toEqual(['quiet'])
  })

  it('listens again when its connection was closed, and looks at once for what it may have missed', async () => {
    const relay = await service.relay({ listen: listenAt(service.database.url), pollIntervalMs: NEVER_MS })
    await expect.poll(() => relay.isListening, SOON).toBe(true)
    await service.database.run(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
    )
    await expect.poll(() => relay.isListening, SOON).toBe(false)
    await service.add(happening('a', 'missed'))
    await expect.poll(values, SOON).toEqual(['missed'])
    expect(relay.isListening).toBe(true)
  })

  it('keeps commits from waking it while it is awake, for they wait for each other', async () => {
    const hearer = listenAt(service.database.url)()
    let heard = 0
    await hearer.connect()
    hearer.on('notification', () => {
      heard += 1
    })
    await hearer.query('LISTEN assent_outbox')
    await asleep()
    await service.add(happening('a', 'first'))
    const relay = await service.relay({ listen: listenAt(service.database.url) })
    await expect.poll(() => relay.counters.sent, SOON).toBe(1)
    await hearer.query('SELECT 1')
    expect(heard).toBe(1)
    // As one that is awake for longer than this test runs.
    await service.database.run("SELECT setval('assent_outbox_awake', 9000000000000)")
    await service.add(happening('a', 'second'))
    await hearer.query('SELECT 1')
    expect(heard).toBe(1)
    await hearer.end()
    await asleep()
  })
})

it('a relay starts without a database, and without one keeps trying until it is closed', async () => {
  const errors: unknown[] = []
  const opened = await PG.open('postgres://nobody:nothing@127.0.0.1:1/none', 1)
  const relay = relayOutbox({
    database: opened.database,
    broker: { send: async () => {} },
    listen: listenAt('postgres://nobody:nothing@127.0.0.1:1/none'),
    onError: (error) => errors.push(error),
  })
  await expect.poll(() => relay.counters.brokenRounds, SOON).toBeGreaterThan(1)
  await relay.close()
  await opened.close()
  expect(errors.length).toBeGreaterThan(2)
})
