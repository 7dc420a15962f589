import { memoryBroker } from 'assent/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/fresh-database.ts'
import { startInventoryService } from '../inventory/service.ts'
import { freePorts } from '../launch/ports.ts'
import type { Environment } from './environment.ts'

const LATE = `order_saga_late_${process.pid}`

let existing: FreshDatabase
beforeAll(async () => {
  existing = await freshDatabase()
})
afterAll(async () => {
  await existing?.pool.query(`DROP DATABASE IF EXISTS ${LATE} WITH (FORCE)`)
  await existing?.[Symbol.asyncDispose]()
})

async function environment(): Promise<Environment> {
  const [port = 0] = await freePorts(1)
  const url = new URL(existing.url)
  url.pathname = `/${LATE}`
  return { databaseUrl: url.href, brokers: '', host: '127.0.0.1', port, orderServiceUrl: 'http://nowhere' }
}

/** Who is away, as `/health` says it; undefined as long as nobody listens. */
async function away(port: number): Promise<string[] | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
  if (response === undefined) return undefined
  if (response.status === 200) return []
  const { away } = (await response.json()) as { away: { name: string }[] }
  return away.map(({ name }) => name)
}

it('a service waits for what is not there yet, says so, and begins by itself', async () => {
  const settings = await environment()
  const broker = memoryBroker()
  broker.inject({ isAway: true })
  const signal = new AbortController().signal
  const starting = startInventoryService({ environment: settings, broker: broker.connect(), signal })
  await expect.poll(() => away(settings.port)).toEqual(['database', 'broker', 'inventory-service'])
  broker.inject({ isAway: false })
  await expect.poll(() => away(settings.port)).toEqual(['database', 'inventory-service'])
  await existing.pool.query(`CREATE DATABASE ${LATE}`)
  await using _service = await starting
  expect(await away(settings.port)).toEqual([])
})

it('one that is told to stop while it waits does', async () => {
  const settings = await environment()
  const broker = memoryBroker()
  broker.inject({ isAway: true })
  const stopping = new AbortController()
  const starting = startInventoryService({
    environment: settings,
    broker: broker.connect(),
    signal: stopping.signal,
  })
  const stopped = expect(starting).rejects.toThrow()
  await expect.poll(() => away(settings.port)).toContain('broker')
  stopping.abort()
  await stopped
  expect(await away(settings.port)).toBeUndefined()
})
