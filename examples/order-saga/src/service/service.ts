import { type Broker, BrokerUnavailable } from 'assent'
import { askCoordinator } from 'assent/participant'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import { TOPICS } from '../messages/topics.ts'
import { isDatabaseAway, migrate, openPool } from './database.ts'
import type { Environment } from './environment.ts'
import { closeServer, createServer, HttpError, listen } from './http.ts'
import { type Metric, metricsText } from './metrics.ts'
import { patiently } from './patiently.ts'
import { startWork, type Work, type WorkOptions } from './work.ts'

/** What a service is, beside what all are. */
export interface ServiceDescription extends Pick<WorkOptions, 'name' | 'topic' | 'commands'> {
  migrations: readonly string[]
  /** Which sagas have ended; the order service is asked when absent. */
  ended?: WorkOptions['ended']
  /** What else it answers over HTTP, once it is started. */
  addRoutes?: (routes: FastifyInstance, pool: Pool) => void
  /** What else `/metrics` shows. */
  metrics?: () => readonly Metric[]
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
 * Starts a service: the pool, the HTTP server, which says meanwhile what is waited for, the topics, what has to `begin`
 * first, the tables, and its work.
 *
 * Closes the HTTP server first, so that nobody is promised what nobody would do any more; then the work, what `begin`
 * has opened, the pool and the broker.
 */
export async function startService(
  { name, topic, commands, migrations, ended, addRoutes, metrics, begin }: ServiceDescription,
  { environment, broker, signal }: ServiceOptions,
): Promise<Service> {
  await using parts = new AsyncDisposableStack()
  parts.defer(() => broker.close())
  const pool = parts.adopt(openPool(environment.databaseUrl), (opened) => opened.end())
  // Filled when the server listens already, and closed behind it.
  const behind = parts.use(new AsyncDisposableStack())
  let work: Work | undefined
  const server = parts.adopt(
    await createServer({
      database: () => pool.query('SELECT 1'),
      broker: () => broker.ping(),
      [name]: async () => {
        if (signal.aborted) throw new Error('it is stopping')
        if (work === undefined) throw new Error('it is starting')
      },
    }),
    closeServer,
  )
  server.register((routes, _, added) => {
    routes.addHook('onRequest', async () => {
      if (work === undefined) throw new HttpError({ status: 503, error: `${name} is starting` })
    })
    routes.get('/metrics', async (_request, reply) => {
      const all = [...((await work?.metrics()) ?? []), ...(metrics?.() ?? [])]
      return reply.type('text/plain; version=0.0.4').send(metricsText(all))
    })
    addRoutes?.(routes, pool)
    added()
  })
  const url = await listen(server, environment)

  const isBrokerAway = (error: unknown) => error instanceof BrokerUnavailable
  await patiently(() => broker.createTopics(TOPICS), { for: 'the broker', isAway: isBrokerAway, signal })
  if (begin !== undefined) behind.use(await begin())
  await patiently(() => migrate(pool, migrations), { for: 'the database', isAway: isDatabaseAway, signal })
  const { databaseUrl, orderServiceUrl } = environment
  const asked = ended ?? askCoordinator(orderServiceUrl)
  work = behind.use(await startWork({ name, topic, commands, ended: asked, broker, pool, databaseUrl }))

  const own = parts.move()
  return { url, [Symbol.asyncDispose]: () => own.disposeAsync() }
}
