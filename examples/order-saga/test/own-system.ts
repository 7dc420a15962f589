import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OwnServer, startKafka, startPostgres } from '@assent/testkit/servers'
import { Client } from 'pg'
import { freePorts } from '../src/launch/ports.ts'
import type { DatabaseName } from '../src/launch/services.ts'
import { prepareSystem, type System, type SystemOptions } from '../src/launch/system.ts'

/** A system that nobody else uses, on servers that may be broken. */
export interface OwnSystem extends AsyncDisposable {
  system: System
  postgres: OwnServer
  kafka: OwnServer
  /** `HOST:PORT` of the broker. */
  brokers: string
  query<Row>(database: DatabaseName, sql: string, values?: readonly unknown[]): Promise<Row[]>
}

export interface OwnSystemOptions extends Pick<SystemOptions, 'environment' | 'scripts'> {
  /** Where the services write their logs, if those are to outlive them. */
  folder?: string
}

/** PostgreSQL and Kafka run; the services are not started yet. */
export async function prepareOwnSystem({
  folder: named,
  ...options
}: OwnSystemOptions = {}): Promise<OwnSystem> {
  await using started = new AsyncDisposableStack()
  const folder = named ?? mkdtempSync(join(tmpdir(), 'assent-order-saga-'))
  if (named === undefined) started.defer(() => rmSync(folder, { recursive: true, force: true }))
  const [postgres, kafka] = await Promise.all([
    startPostgres().then((server) => started.use(server)),
    startKafka().then((server) => started.use(server)),
  ])
  const [order = 0, payment = 0, inventory = 0] = await freePorts(3)
  const brokers = new URL(kafka.url).host
  const system = await prepareSystem({
    ...options,
    postgresUrl: postgres.url,
    brokers,
    folder,
    ports: { 'order-service': order, 'payment-service': payment, 'inventory-service': inventory },
  })
  started.use(system)
  const own = started.move()
  return {
    system,
    postgres,
    kafka,
    brokers,
    query: (database, sql, values) => query(system.databases[database], sql, values),
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}

async function query<Row>(url: string, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql, [...values])).rows as Row[]
  } finally {
    await client.end()
  }
}
