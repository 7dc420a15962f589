import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startKafka, startPostgres } from '@assent/testkit/servers'
import pg from 'pg'
import { end } from './launch.ts'
import { freePort, temporaryDirectory } from './server.ts'

/** The services of `examples/order-saga`, and the databases that they have. */
const SERVICES = { order: 'orders', payment: 'payments', inventory: 'inventory' } as const
const EXAMPLE = new URL('../../examples/order-saga/src/', import.meta.url)

const HEALTHY_MAX_MS = 60_000
const LOOK_INTERVAL_MS = 20
/** More than is ever ordered. */
const STOCK = 1_000_000_000

export interface OrderServices extends AsyncDisposable {
  /** Where orders are taken. */
  url: string
  /** The database in which they are. */
  databaseUrl: string
  /** By what they are called in reports. */
  pids: Readonly<Record<string, number>>
  /** The servers that they share, with their versions. */
  products: readonly string[]
  /** Asks one service to stop, and resolves when it is gone. */
  stop(service: keyof typeof SERVICES): Promise<void>
}

/** The three services with their own PostgreSQL and Kafka. `nodeArguments` are for the order service's Node. */
export async function startOrderServices(nodeArguments: readonly string[] = []): Promise<OrderServices> {
  await using started = new AsyncDisposableStack()
  const { path } = started.use(temporaryDirectory())
  const postgres = started.use(await startPostgres({ settings: { shared_buffers: '128MB' } }))
  const kafka = started.use(await startKafka())
  await onDatabase(postgres.url, async (client) => {
    for (const database of Object.values(SERVICES)) await client.query(`CREATE DATABASE ${database}`)
  })
  const children = new Map<string, ChildProcess>()
  const urls = new Map<string, string>()
  for (const [service, database] of Object.entries(SERVICES)) {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const log = join(path, `${service}.log`)
    const program = fileURLToPath(new URL(`${service}/main.ts`, EXAMPLE))
    const child = spawn(process.execPath, [...(service === 'order' ? nodeArguments : []), program], {
      env: {
        ...process.env,
        DATABASE_URL: databaseAt(postgres.url, database),
        KAFKA_BROKERS: new URL(kafka.url).host,
        HOST: '127.0.0.1',
        PORT: String(port),
        ORDER_SERVICE_URL: urls.get('order') ?? url,
      },
      stdio: ['ignore', openSync(log, 'a'), openSync(log, 'a')],
    })
    process.once('exit', () => child.kill('SIGKILL'))
    started.defer(() => end(child))
    children.set(service, child)
    urls.set(service, url)
    await untilHealthy(url, child, log)
  }
  await onDatabase(databaseAt(postgres.url, SERVICES.inventory), (client) =>
    client.query('UPDATE inventory SET available_quantity = $1', [STOCK]),
  )
  const own = started.move()
  const pidOf = (service: string): number => children.get(service)?.pid ?? 0
  return {
    url: urls.get('order') ?? '',
    databaseUrl: databaseAt(postgres.url, SERVICES.order),
    pids: {
      'order service': pidOf('order'),
      'payment service': pidOf('payment'),
      'inventory service': pidOf('inventory'),
      Kafka: kafka.pid,
      PostgreSQL: postgres.pid,
    },
    products: [postgres, kafka].map(({ product, version }) => `${product} ${version}`),
    async stop(service) {
      const child = children.get(service)
      if (child) await end(child)
    },
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}

function databaseAt(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

async function onDatabase(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

async function untilHealthy(url: string, child: ChildProcess, log: string): Promise<void> {
  const late = performance.now() + HEALTHY_MAX_MS
  while (performance.now() < late && child.exitCode === null) {
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(LOOK_INTERVAL_MS)
  }
  throw new Error(`a service did not become healthy:\n${readFileSync(log, 'utf8').slice(-2_000)}`)
}
