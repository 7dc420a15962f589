import type { Broker } from 'assent'
import {
  type AskEnded,
  type CommandService,
  type Commands,
  pg,
  type Relay,
  relayOutbox,
  serveCommands,
  sqlBarrier,
} from 'assent/participant'
import { Client, type Pool, type PoolClient } from 'pg'
import { OUTBOX_TABLE } from '../messages/events.ts'
import { topicOfEvent } from '../messages/topics.ts'
import { COMMANDS_MAX } from './database.ts'
import type { Metric } from './metrics.ts'
import { reasonOf } from './patiently.ts'
import { startSweeping } from './sweeping.ts'
import { INBOX_TABLE } from './tables.ts'

export interface WorkOptions {
  /** Also the group in which processes share commands. */
  name: string
  /** Where commands come in. */
  topic: string
  commands: Commands<PoolClient>
  /** Which sagas have ended. */
  ended: AskEnded
  broker: Broker
  pool: Pool
  databaseUrl: string
}

/** What a service does by itself once its tables are there. */
export interface Work extends AsyncDisposable {
  /** Without those of an outbox whose database does not answer. */
  metrics(): Promise<Metric[]>
}

/**
 * What the service is told to do comes in by commands, passes the barrier, and is answered; what has happened goes out by
 * the outbox; what nobody will ask for again is forgotten. The relay is closed behind the commands that still add events.
 */
export async function startWork(options: WorkOptions): Promise<Work> {
  const { name, topic, commands, ended, broker, pool, databaseUrl } = options
  await using parts = new AsyncDisposableStack()
  const database = pg(pool)
  const barrier = sqlBarrier(database, { table: INBOX_TABLE })
  const relay = parts.use(
    relayOutbox({
      database,
      table: OUTBOX_TABLE,
      broker,
      topicOf: topicOfEvent,
      listen: () => new Client({ connectionString: databaseUrl }),
      onError: (error) => console.error(`${name}, its outbox: ${reasonOf(error)}`),
    }),
  )
  const service = parts.use(
    await serveCommands({ broker, topic, group: name, barrier, commands, concurrency: COMMANDS_MAX }),
  )
  parts.use(startSweeping(name, { database, barrier, ended }))

  const own = parts.move()
  return {
    metrics: async () => [...(await outboxMetrics(relay)), ...commandMetrics(service)],
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}

async function outboxMetrics(relay: Relay): Promise<Metric[]> {
  const sent = counter('assent_outbox_sent_total', 'Events sent by this process', relay.counters.sent)
  const lag = await relay.lag().catch(() => undefined)
  if (lag === undefined) return [sent]
  return [
    sent,
    gauge('assent_outbox_waiting', 'Events that wait to be sent', lag.waiting),
    gauge('assent_outbox_oldest_seconds', 'How long the oldest of them has waited', lag.oldestMs / 1_000),
    gauge('assent_outbox_dead', 'Events that were given up and wait for a person', lag.dead),
  ]
}

function commandMetrics(service: CommandService): Metric[] {
  const { deadLetters, ...by } = service.counts()
  return [
    counter('order_saga_commands_total', 'Commands, by how they ended', { label: 'outcome', by }),
    counter('order_saga_dead_letters_total', 'Messages that nobody can read, put aside', deadLetters),
  ]
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, type: 'gauge', help, value }
}

function counter(name: string, help: string, value: Metric['value']): Metric {
  return { name, type: 'counter', help, value }
}
