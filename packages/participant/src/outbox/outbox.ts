import type { Database, Dialect, Session } from '../databases/database.ts'
import { sessionOf } from '../databases/session-of.ts'
import { EVENTS_AT_ONCE_MAX, type OutboxEvent, rowOf } from './event.ts'
import { OUTBOX_DIALECTS } from './table.ts'
import { outboxName } from './table-names.ts'

export interface OutboxOptions {
  /** The outbox's table, `assent_outbox` by default. */
  table?: string
  /**
   * Whether relays that listen are woken by the commit; true by default. False where the transaction may be prepared
   * (mode xa), which PostgreSQL refuses of one that notifies: relays find the event at their next look.
   */
  wakes?: boolean
}

export interface Outbox<Transaction> {
  /**
   * Writes events in the business's own transaction: they are sent once it is committed, and never if it is not.
   * Until then each key is held: whoever adds an event of the same key waits. Answers the events' ids in their order.
   * Throws TypeError for what can never be sent, and what the driver throws.
   */
  add(transaction: Transaction, ...events: readonly OutboxEvent[]): Promise<readonly string[]>
}

/**
 * The outbox of a service: what it tells the world of what it has committed.
 *
 *     const events = outbox(pg(pool))
 *     await barrier.run(call, async (client) => {
 *       await client.query('INSERT INTO orders …')
 *       await events.add(client, { aggregateId: orderId, eventType: 'OrderCreated', eventData: order })
 *     })
 *
 * `relayOutbox` sends what is in it. With the name of a dialect instead of the database it takes a transaction of any
 * library.
 */
export function outbox<Transaction>(
  database: Database<Transaction>,
  options?: OutboxOptions,
): Outbox<Transaction>
export function outbox(dialect: Dialect, options?: OutboxOptions): Outbox<unknown>
export function outbox(
  database: Dialect | Pick<Database<unknown>, 'dialect'>,
  { table, wakes = true }: OutboxOptions = {},
): Outbox<unknown> {
  const name = outboxName(table)
  const spoken = typeof database === 'string' ? database : database.dialect
  const dialect = OUTBOX_DIALECTS[spoken]
  return {
    async add(transaction, ...events) {
      if (events.length === 0) return []
      if (events.length > EVENTS_AT_ONCE_MAX) {
        throw new TypeError(`${events.length} events are more than ${EVENTS_AT_ONCE_MAX} at once`)
      }
      const rows = events.map(rowOf)
      const { run } = mustBeSession(transaction, spoken)
      for (const statement of dialect.add(name, dialect.sorted(rows), { wakes })) await run(statement)
      return rows.map(({ id }) => id)
    },
  }
}

function mustBeSession(transaction: unknown, spoken: Dialect): Session {
  const session = sessionOf(transaction)
  if (session === undefined)
    throw new TypeError('an event is added to a transaction of a library that is known')
  if (session.dialect === spoken) return session
  throw new TypeError(`the transaction speaks ${session.dialect}, and the outbox ${spoken}`)
}
