import { type Broker, BrokerUnavailable } from 'assent'
import {
  type AskEnded,
  askCoordinator,
  type Commands,
  pg,
  relayOutbox,
  serveCommands,
  sqlBarrier,
} from 'assent/participant'
import type { FastifyInstance } from 'fastify'
import { Client, type Pool, type PoolClient } from 'pg'
import { OUTBOX_TABLE } from '../messages/events.ts'
import { TOPICS, topicOfEvent } from '../messages/topics.ts'
import { COMMANDS_MAX, isDatabaseAway, migrate, openPool } from './database.ts'
import type { Environment } from './environment.ts'
import { closeServer, createServer, HttpError, listen } from './http.ts'
import { patiently, reasonOf } from './patiently.ts'
import { startSweeping } from './sweeping.ts'
import { INBOX_TABLE } from './tables.ts'

/** What a service is, beside what all are. */
export interface ServiceDescription {
  /** Also the group in which its processes share its commands. */
  name: string
  /** Where its commands come in. */
  topic: string
  commands: Commands<PoolClient>
  migrations: readonly string[]
  /** Which sagas have ended; the order service is asked when absent. */
  ended?: AskEnded
  /** What else it answers over HTTP, once it is started. */
  addRoutes?: (routes: FastifyInstance, pool: Pool) => void
  /** What has to be there before its database is brought up to date, and is closed with it. */
  begin?: () => Promise<AsyncDisposable>
}

export interface ServiceOptions {
  environment: Environment
  /** Closed with the service. */
  broker: Broker
  /** Fires when it is told to stop: ends a start that waits for database or broker, and is said by `/health`. */
  signal: AbortSignal
}

export interface Service extends AsyncDisposable {
  url: string
}

/**
 * Starts a service: what it is told to do comes in by commands, passes the barrier, and is answered; what has happened
 * goes out by the outbox. A database or a broker that is away is waited for, and `/health` says so meanwhile.
 *
 * It is closed last first: the HTTP server, so that nobody is promised what nobody would do any more; then what works
 * behind it, from the sweeping back to what `begin` opened; then the pool and the broker.
 */
export async function startService(
  { name, topic, commands, migrations, ended, addRoutes, begin }: ServiceDescription,
  { environment, broker, signal }: ServiceOptions,
): Promise<Service> {
  await using parts = new AsyncDisposableStack()
  parts.defer(() => broker.close())
  const pool = parts.adopt(openPool(environment.databaseUrl), (opened) => opened.end())
  // Filled below, and here already: the server starts before it, to say what is waited for, and closes before it too.
  const works = parts.use(new AsyncDisposableStack())
  let isStarted = false
  const server = parts.adopt(
    await createServer({
      database: () => pool.query('SELECT 1'),
      broker: () => broker.ping(),
      [name]: async () => {
        if (signal.aborted) throw new Error('it is stopping')
        if (!isStarted) throw new Error('it is starting')
      },
    }),
    closeServer,
  )
  await server.register((routes, _, added) => {
    routes.addHook('onRequest', async () => {
      if (!isStarted) throw new HttpError({ status: 503, error: `${name} is starting` })
    })
    addRoutes?.(routes, pool)
    added()
  })
  const url = await listen(server, environment)

  const isBrokerAway = (error: unknown) => error instanceof BrokerUnavailable
  await patiently(() => broker.createTopics(TOPICS), { for: 'the broker', isAway: isBrokerAway, signal })
  if (begin !== undefined) works.use(await begin())
  await patiently(() => migrate(pool, migrations), { for: 'the database', isAway: isDatabaseAway, signal })
  const database = pg(pool)
  const barrier = sqlBarrier(database, { table: INBOX_TABLE })
  const relay = relayOutbox({
    database,
    table: OUTBOX_TABLE,
    broker,
    topicOf: topicOfEvent,
    listen: () => new Client({ connectionString: environment.databaseUrl }),
    onError: (error) => console.error(`${name}, its outbox: ${reasonOf(error)}`),
  })
  works.defer(() => relay.close())
  works.use(await serveCommands({ broker, topic, group: name, barrier, commands, concurrency: COMMANDS_MAX }))
  works.use(
    startSweeping(name, { database, barrier, ended: ended ?? askCoordinator(environment.orderServiceUrl) }),
  )
  isStarted = true

  const own = parts.move()
  return { url, [Symbol.asyncDispose]: () => own.disposeAsync() }
}
