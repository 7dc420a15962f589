import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka, startPostgres } from '@assent/testkit/servers'
import { kafkaBroker } from 'assent/kafka'
import {
  createOutbox,
  type OutboxEvent,
  outbox,
  pg,
  type Relay,
  type RelayOptions,
  relayOutbox,
} from 'assent/participant'
import pgDriver from 'pg'
import { median } from '../measure/median.ts'
import type { Figure, Finding } from '../report/finding.ts'
import { count, milliseconds } from '../report/words.ts'
import type { Question } from './question.ts'

const TOPIC = 'order-events'
const PARTITIONS = 3
/** Aggregates that events are of. */
const KEYS = 1_000
const ROUNDS = 5
/** Events that wait when a round begins. */
const WAITING = 20_000
/** Events in one transaction of those. */
const AT_ONCE = 1_000
/** Transactions of each side, to see what an event costs its writer. */
const WRITES = 2_000
const WRITERS = 16
/** Events one after another, to see how long each takes. */
const AWAKE = 300
const AWAKE_PAUSE_MS = 50
const ASLEEP = 40
/** Longer than a relay stays awake. */
const ASLEEP_PAUSE_MS = 1_300

const TARGET_PER_SECOND = 5_000
const TARGET_DELAY_MS = 20

type Broker = RelayOptions['broker']

export const outboxRelay: Question = {
  name: 'outbox',
  async answer() {
    await using postgres = await startPostgres()
    await using kafka = await startKafka()
    const broker = kafkaBroker({ brokers: kafka.url })
    const service = await serviceAt(postgres.url)
    try {
      await broker.createTopics([{ topic: TOPIC, partitions: PARTITIONS }])
      const rates = { one: await ratesOf(service, broker, 1), two: await ratesOf(service, broker, 2) }
      const asleep = await delaysOf(service, broker, ASLEEP, ASLEEP_PAUSE_MS)
      const awake = await delaysOf(service, broker, AWAKE, AWAKE_PAUSE_MS)
      const writes = await writesOf(service, broker)
      const products = [postgres, kafka].map(({ product, version }) => `${product} ${version}`)
      return finding({ rates, asleep, awake, writes, products })
    } finally {
      await service.close()
      await broker.close()
    }
  },
}

interface Found {
  rates: { one: number[]; two: number[] }
  asleep: number[]
  awake: number[]
  writes: Writes
  products: readonly string[]
}

/** A service with an outbox on a database of its own. */
interface Service {
  pool: pgDriver.Pool
  /** In one transaction, which may do nothing else. */
  commit(...events: OutboxEvent[]): Promise<void>
  relay(broker: Broker): Relay
  close(): Promise<void>
}

async function serviceAt(connectionString: string): Promise<Service> {
  const pool = new pgDriver.Pool({ connectionString, max: WRITERS + 4 })
  const database = pg(pool)
  await createOutbox(database)
  await pool.query('CREATE TABLE orders (id bigserial PRIMARY KEY, cents bigint NOT NULL)')
  const events = outbox(database)
  return {
    pool,
    commit: async (...added) => {
      const client = await pool.connect()
      await client.query('BEGIN')
      await client.query('INSERT INTO orders (cents) VALUES (1999)')
      await events.add(client, ...added)
      await client.query('COMMIT')
      client.release()
    },
    relay: (broker) => relayOutbox({ database, broker, listen: () => new pgDriver.Client(connectionString) }),
    close: () => pool.end(),
  }
}

let made = 0

function eventOf(): OutboxEvent {
  made += 1
  const orderId = `order-${made % KEYS}`
  const eventData = { orderId, customerId: crypto.randomUUID(), cents: 1_999, at: new Date().toISOString() }
  return { aggregateId: orderId, eventType: 'OrderCreated', eventData, topic: TOPIC }
}

/** Events a second from a full outbox to the broker, round by round. */
async function ratesOf(service: Service, broker: Broker, relays: number): Promise<number[]> {
  const rates: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    for (let left = WAITING; left > 0; left -= AT_ONCE) {
      await service.commit(...Array.from({ length: AT_ONCE }, eventOf))
    }
    const beganMs = performance.now()
    const running = Array.from({ length: relays }, () => service.relay(broker))
    const sent = () => running.reduce((sum, { counters }) => sum + counters.sent, 0)
    while (sent() < WAITING) await sleep(2)
    const rate = (WAITING / (performance.now() - beganMs)) * 1_000
    await Promise.all(running.map((relay) => relay.close()))
    await service.pool.query('TRUNCATE assent_outbox')
    console.log(`  ${relays} at work: ${count(rate)} events/s`)
    // The first is to get warm.
    if (round > 0) rates.push(rate)
  }
  return rates
}

/** Milliseconds from the acknowledged commit of an event until the broker keeps it, one after another. */
async function delaysOf(
  service: Service,
  broker: Broker,
  events: number,
  pauseMs: number,
): Promise<number[]> {
  let kept = (_atMs: number) => {}
  const relay = service.relay({
    send: async (messages) => {
      await broker.send(messages)
      kept(performance.now())
    },
  })
  const delays: number[] = []
  for (let turn = 0; turn < events; turn++) {
    await sleep(pauseMs * (0.9 + Math.random() / 5))
    const keptMs = new Promise<number>((resolve) => {
      kept = resolve
    })
    await service.commit(eventOf())
    const committedMs = performance.now()
    delays.push(Math.max(0, (await keptMs) - committedMs))
  }
  await relay.close()
  console.log(`  after ${pauseMs} ms of rest: ${milliseconds(median(delays))}`)
  return delays
}

/** Transactions a second, round by round. */
interface Writes {
  without: number[]
  silent: number[]
  told: number[]
}

/** What an event costs its writer, beside a relay at work; and what it would cost if every commit woke that. */
async function writesOf(service: Service, broker: Broker): Promise<Writes> {
  const writes: Writes = { without: [], silent: [], told: [] }
  const relay = service.relay(broker)
  const database = pg(service.pool)
  const events = outbox(database)
  const sides: Record<keyof Writes, (client: pgDriver.PoolClient) => Promise<unknown>> = {
    without: async () => {},
    silent: (client) => events.add(client, eventOf()),
    told: async (client) => {
      await events.add(client, eventOf())
      await client.query("SELECT pg_notify('assent_outbox', '')")
    },
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [side, tell] of Object.entries(sides)) {
      const beganMs = performance.now()
      let left = WRITES
      const writer = async () => {
        while (left > 0) {
          left -= 1
          const client = await service.pool.connect()
          await client.query('BEGIN')
          await client.query('INSERT INTO orders (cents) VALUES (1999)')
          await tell(client)
          await client.query('COMMIT')
          client.release()
        }
      }
      await Promise.all(Array.from({ length: WRITERS }, writer))
      writes[side as keyof Writes].push((WRITES / (performance.now() - beganMs)) * 1_000)
    }
  }
  await relay.close()
  return writes
}

function finding({ rates, asleep, awake, writes, products }: Found): Finding {
  return {
    question: 'outbox',
    asks: 'How many events a second come from the outbox in PostgreSQL to Kafka, and how long does one take from its commit until the broker keeps it?',
    settings: [
      `One process writes and relays; ${products.join(' and ')} on the same machine, reached by the loopback interface. Every commit is on the disk before it is acknowledged; Kafka has one broker, which acknowledges by acks=all.`,
      `An event is 160 bytes of JSON, of one of ${count(KEYS)} keys, for a topic of ${PARTITIONS} partitions.`,
      `Rates: ${count(WAITING)} events wait when the relay starts; medians of ${ROUNDS} rounds behind one that warms.`,
      `Delays: one event after another, each in a transaction of its own with one other write. Asleep: ${ASLEEP} events, ${count(ASLEEP_PAUSE_MS)} ms apart, each of which wakes the relay by NOTIFY. Awake: ${AWAKE} events, ${AWAKE_PAUSE_MS} ms apart, which it finds by itself.`,
      `What an event costs its writer: ${count(WRITES)} transactions of one other write, ${WRITERS} at once, in turns; medians of ${ROUNDS} rounds.`,
    ],
    figures: [
      rateFigure('events from PostgreSQL to Kafka, one relay', rates.one),
      { what: 'the same, two relays', measured: `${count(median(rates.two))}/s` },
      delayFigure('median delay, the relay asleep', asleep),
      delayFigure('median delay, the relay awake', awake),
    ],
    tables: [
      {
        title: 'Delays',
        head: ['relay', 'median', 'p95', 'longest'],
        rows: [
          ['asleep', ...spread(asleep)],
          ['awake', ...spread(awake)],
        ],
      },
      {
        title: 'What an event costs its writer',
        head: ['transaction', 'a second', 'lowest and highest'],
        rows: [
          ['without an event', ...perSecond(writes.without)],
          ['with an event', ...perSecond(writes.silent)],
          ['with an event, if each commit notified', ...perSecond(writes.told)],
        ],
      },
    ],
  }
}

function rateFigure(what: string, rates: readonly number[]): Figure {
  const rate = median(rates)
  return {
    what,
    measured: `${count(rate)}/s (${count(Math.min(...rates))} to ${count(Math.max(...rates))} in single rounds)`,
    target: `at least ${count(TARGET_PER_SECOND)}/s`,
    met: rate >= TARGET_PER_SECOND,
  }
}

function delayFigure(what: string, delays: readonly number[]): Figure {
  const delay = median(delays)
  return {
    what,
    measured: milliseconds(delay),
    target: `under ${TARGET_DELAY_MS} ms`,
    met: delay < TARGET_DELAY_MS,
  }
}

function spread(delays: readonly number[]): string[] {
  const sorted = [...delays].sort((one, other) => one - other)
  const late = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN
  return [median(delays), late, sorted.at(-1) ?? Number.NaN].map(milliseconds)
}

function perSecond(rates: readonly number[]): string[] {
  return [count(median(rates)), `${count(Math.min(...rates))} to ${count(Math.max(...rates))}`]
}
