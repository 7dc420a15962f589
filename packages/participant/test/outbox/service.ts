import type { IncomingMessage } from '@assent/contract'
import { type MemoryBroker, memoryBroker } from '@assent/testkit/broker'
import { Client } from 'pg'
import type { Database } from '../../src/databases/database.ts'
import type { OutboxEvent } from '../../src/outbox/event.ts'
import { type Outbox, outbox } from '../../src/outbox/outbox.ts'
import { type Relay, type RelayOptions, relayOutbox } from '../../src/outbox/relay.ts'
import { createOutbox } from '../../src/outbox/table.ts'
import { newDatabase, type TestDatabase } from '../sql/database.ts'
import type { Library, Opened } from '../sql/library.ts'

export const TOPIC = 'happenings'

/** Enough for writers and relays side by side. */
const CONNECTIONS_MAX = 12

/** A service that has an outbox, on a database of its own, with a broker beside it. */
export interface OutboxService<Transaction> {
  opened: Opened<Transaction>
  database: TestDatabase
  broker: MemoryBroker
  outbox: Outbox<Transaction>
  /** What relays told of their failures. */
  errors: unknown[]
  /** In a transaction that is committed once `work` is through, and rolled back if it throws. */
  transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  add(...events: OutboxEvent[]): Promise<unknown>
  /** Starts one more relay, with connections of its own; it is closed by `stop`. */
  relay(options?: Partial<RelayOptions>): Promise<Relay>
  /** Closes the relays. */
  stop(): Promise<void>
  /** What the broker has, in the order of each key. */
  told(topic?: string): readonly IncomingMessage[]
  /** As it was at first. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** An event of a key, whose data says which of them it is. */
export function happening(aggregateId: string, eventData: string | number): OutboxEvent {
  return { aggregateId, eventType: 'Happened', eventData, topic: TOPIC }
}

export async function startOutboxService<Transaction>(
  library: Library<Transaction>,
): Promise<OutboxService<Transaction>> {
  const database = await newDatabase(library.dialect)
  const opened = await library.open(database.url, CONNECTIONS_MAX)
  await createOutbox(opened.database)
  const events = outbox(opened.database)
  const errors: unknown[] = []
  const running: { relay: Relay; pool: Opened<Transaction> }[] = []
  const transact: OutboxService<Transaction>['transact'] = (work) =>
    inTransaction(opened.database, (transaction) => work(transaction))
  const stop = async () => {
    for (const { relay, pool } of running.splice(0)) {
      await relay.close()
      await pool.close()
    }
  }
  const service: OutboxService<Transaction> = {
    opened,
    database,
    broker: memoryBroker({ partitions: 1 }),
    outbox: events,
    errors,
    transact,
    add: (...added) => transact((transaction) => events.add(transaction, ...added)),
    relay: async (options = {}) => {
      const pool = await library.open(database.url, 2)
      const relay = relayOutbox({
        database: pool.database,
        broker: service.broker,
        onError: (error) => errors.push(error),
        ...options,
      })
      running.push({ relay, pool })
      return relay
    },
    stop,
    told: (topic = TOPIC) => service.broker.messages(topic),
    clear: async () => {
      await stop()
      await database.run('DELETE FROM assent_outbox', 'DELETE FROM effects')
      service.broker = memoryBroker({ partitions: 1 })
      errors.length = 0
    },
    close: async () => {
      await stop()
      await opened.close()
      await database.drop()
    },
  }
  return service
}

function inTransaction<Transaction, T>(
  database: Database<Transaction>,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return database.transact<T>({
    isolation: 'read committed',
    first: [],
    work: async ({ transaction }) => ({
      keep: true,
      value: await work(transaction),
      last: { sql: 'SELECT 1 AS probe', values: [], answers: 'rows' },
    }),
  })
}

/** Listens by `pg`, whatever the pool is of. */
export function listenAt(url: string): () => Client {
  return () => new Client(url)
}

/** The data of messages, those that came before left out: what a consumer sees that drops repeats. */
export function withoutRepeats(messages: readonly IncomingMessage[]): Map<string, string[]> {
  const seen = new Set<string>()
  const byKey = new Map<string, string[]>()
  for (const { key, value, headers } of messages) {
    const id = headers['assent-event-id'] ?? ''
    if (seen.has(id)) continue
    seen.add(id)
    byKey.set(key, [...(byKey.get(key) ?? []), value])
  }
  return byKey
}
