import { type MemoryBroker, memoryBroker } from 'assent/testing'
import type { Pool } from 'pg'
import type { Service, ServiceOptions } from '../src/service/service.ts'
import { CommandDesk } from './command-desk.ts'
import { freshDatabase } from './fresh-database.ts'

/** One service in this process, on a database of its own and a broker in memory. */
export interface Served extends AsyncDisposable {
  url: string
  pool: Pool
  broker: MemoryBroker
  desk: CommandDesk
}

export async function serve(
  start: (options: ServiceOptions) => Promise<Service>,
  topic: string,
  broker: MemoryBroker = memoryBroker(),
): Promise<Served> {
  await using started = new AsyncDisposableStack()
  const database = started.use(await freshDatabase())
  const service = started.use(
    await start({
      environment: {
        databaseUrl: database.url,
        brokers: '',
        host: '127.0.0.1',
        port: 0,
        orderServiceUrl: 'http://nowhere',
      },
      broker: broker.connect(),
      signal: new AbortController().signal,
    }),
  )
  const own = started.move()
  return {
    url: service.url,
    pool: database.pool,
    broker,
    desk: new CommandDesk(broker, topic),
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}
