import { randomUUID } from 'node:crypto'
import { memoryBroker } from 'assent/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/fresh-database.ts'
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
let stopping: AbortController
let service: Service
beforeEach(async () => {
  database = await freshDatabase()
  stopping = new AbortController()
  const broker = memoryBroker()
  service = await startOrderService({
    environment: {
      databaseUrl: database.url,
      brokers: '',
      host: '127.0.0.1',
      port: 0,
      orderServiceUrl: 'http://nowhere',
    },
    broker: broker.connect(),
    signal: stopping.signal,
  })
  // Orders are kept all the same, and no call waits for services that are not there.
  broker.inject({ isAway: true })
})
afterEach(async () => {
  await service?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

const post = () =>
  fetch(`${service.url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ORDER),
  })

async function kept(): Promise<string[]> {
  const { rows } = await database.pool.query('SELECT gid FROM assent.transactions')
  return rows.map(({ gid }) => gid)
}

it('whoever is answered while the service stops has ordered, and nobody is turned away', async () => {
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
  await using held = new AsyncDisposableStack()
  const holder = held.adopt(await database.pool.connect(), (client) => client.release(true))
  await holder.query('BEGIN; LOCK TABLE assent.transactions')
  const placed = post()
  const waiting = async () =>
    (await database.pool.query('SELECT FROM pg_stat_activity WHERE wait_event_type = $1', ['Lock'])).rowCount
  await expect.poll(waiting).toBeGreaterThan(0)

  stopping.abort()
  const health = await fetch(`${service.url}/health`)
  expect(health.status).toBe(503)
  const { away } = (await health.json()) as { away: unknown[] }
  expect(away).toContainEqual({ name: 'order-service', reason: 'it is stopping' })

  const stopped = service[Symbol.asyncDispose]()
  const isAnswered = () =>
    fetch(`${service.url}/health`).then(
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
