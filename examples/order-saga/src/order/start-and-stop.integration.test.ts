import { randomUUID } from 'node:crypto'
import { type MemoryBroker, memoryBroker } from 'assent/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/fresh-database.ts'
import { freePorts } from '../launch/ports.ts'
import type { Service } from '../service/service.ts'
import { startOrderService } from './service.ts'

const CUSTOMERS = 20
const ORDER = {
  customer_id: randomUUID(),
  product_id: '11111111-1111-1111-1111-111111111111',
  quantity: 1,
  total_amount: 9.99,
}

let database: FreshDatabase
let broker: MemoryBroker
let url: string
let stopping: AbortController
beforeEach(async () => {
  database = await freshDatabase()
  broker = memoryBroker()
  stopping = new AbortController()
})
afterEach(() => database?.[Symbol.asyncDispose]())

async function start(): Promise<Service> {
  const [port = 0] = await freePorts(1)
  url = `http://127.0.0.1:${port}`
  return startOrderService({
    environment: { databaseUrl: database.url, brokers: '', host: '127.0.0.1', port, orderServiceUrl: url },
    broker: broker.connect(),
    signal: stopping.signal,
  })
}

/** Orders are kept all the same without a broker, and no call waits for services that are not there. */
async function startAlone(): Promise<Service> {
  const service = await start()
  broker.inject({ isAway: true })
  return service
}

const post = () =>
  fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ORDER),
  })

async function kept(): Promise<string[]> {
  const { rows } = await database.pool.query('SELECT gid FROM assent.transactions')
  return rows.map(({ gid }) => gid)
}

it('whoever asks before all is there is told that the service is starting', async () => {
  broker.inject({ isAway: true })
  const starting = start()
  await expect
    .poll(() =>
      fetch(`${url}/health`).then(
        ({ status }) => status,
        () => undefined,
      ),
    )
    .toBe(503)
  const paths = ['/orders', `/orders/${randomUUID()}`, `/sagas/${randomUUID()}`]
  for (const answer of [...paths.map((path) => fetch(`${url}${path}`)), post()]) {
    const response = await answer
    expect([response.status, await response.json()]).toEqual([503, { error: 'order-service is starting' }])
  }
  broker.inject({ isAway: false })
  await using _service = await starting
  expect((await fetch(`${url}/orders`)).status).toBe(200)
})

it('whoever is answered while the service stops has ordered, and nobody is turned away', async () => {
  await using service = await startAlone()
  const accepted: string[] = []
  const refused: number[] = []
  const orderOn = async () => {
    for (;;) {
      const response = await post().catch(() => undefined)
      if (response === undefined) return
      if (!response.ok) refused.push(response.status)
      else accepted.push(((await response.json()) as { order_id: string }).order_id)
    }
  }
  const customers = Array.from({ length: CUSTOMERS }, orderOn)
  await expect.poll(() => accepted.length).toBeGreaterThan(CUSTOMERS)
  stopping.abort()
  await service[Symbol.asyncDispose]()
  await Promise.all(customers)
  expect(refused).toEqual([])
  expect(await kept()).toEqual(expect.arrayContaining(accepted))
})

it('what is under way ends first, and nobody is told meanwhile that the service is well', async () => {
  await using service = await startAlone()
  await using held = new AsyncDisposableStack()
  const holder = held.adopt(await database.pool.connect(), (client) => client.release(true))
  await holder.query('BEGIN; LOCK TABLE assent.transactions')
  const placed = post()
  const waiting = async () =>
    (await database.pool.query('SELECT FROM pg_stat_activity WHERE wait_event_type = $1', ['Lock'])).rowCount
  await expect.poll(waiting).toBeGreaterThan(0)

  stopping.abort()
  const health = await fetch(`${url}/health`)
  expect(health.status).toBe(503)
  const { away } = (await health.json()) as { away: unknown[] }
  expect(away).toContainEqual({ name: 'order-service', reason: 'it is stopping' })

  const stopped = service[Symbol.asyncDispose]()
  const isAnswered = () =>
    fetch(`${url}/health`).then(
      () => true,
      () => false,
    )
  await expect.poll(isAnswered).toBe(false)
  await held.disposeAsync()
  const response = await placed
  expect(response.status).toBe(200)
  expect(await kept()).toEqual([((await response.json()) as { order_id: string }).order_id])
  await stopped
})
