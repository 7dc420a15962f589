/**
 * The process that orders: so many customers, each of whom orders again when the order before has ended. Which orders
 * have ended it reads from their table, all that are open with one statement, so that looking costs the services nothing.
 */
import { randomUUID } from 'node:crypto'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { Pool } from 'undici'
import type { Seen } from './load.ts'
import type { OrdersLoad } from './orders-load.ts'

/** Whatever begins with the load is not counted. */
const SETTLE_MS = 1_000
const LOOK_INTERVAL_MS = 5
/** An order that has not ended by then never will. */
const ORDER_MAX_MS = 60_000
const MICROSECONDS_PER_MS = 1_000
const PRODUCT = '11111111-1111-1111-1111-111111111111'

process.on('message', (load: OrdersLoad) => {
  run(load).then(
    (seen) => process.send?.({ seen }),
    (error) => process.send?.({ failed: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function run({ url, databaseUrl, connections, seconds }: OrdersLoad): Promise<Seen> {
  const http = new Pool(url, { connections })
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  const open = new Map<string, () => void>()
  const took = createHistogram()
  const beganMs = performance.now()
  const lateMs = beganMs + SETTLE_MS + seconds * 1_000
  let [all, counted] = [0, 0]

  const customer = async (): Promise<void> => {
    while (performance.now() < lateMs) {
      const placedMs = performance.now()
      const id = await place(http)
      await new Promise<void>((resolve) => open.set(id, resolve))
      const endedMs = performance.now()
      all += 1
      if (endedMs - beganMs < SETTLE_MS || endedMs > lateMs) continue
      counted += 1
      took.record(Math.round((endedMs - placedMs) * MICROSECONDS_PER_MS))
    }
  }
  let isOver = false
  const customers = Promise.all(Array.from({ length: connections }, customer)).finally(() => {
    isOver = true
  })
  while (!isOver && performance.now() < lateMs + ORDER_MAX_MS) {
    for (const id of await endedOf(database, [...open.keys()])) {
      open.get(id)?.()
      open.delete(id)
    }
    await sleep(LOOK_INTERVAL_MS)
  }
  if (!isOver) throw new Error(`${open.size} orders have not ended`)
  await customers
  await Promise.all([database.end(), http.close()])
  return {
    answers: all,
    failures: 0,
    rate: counted / seconds,
    p50Ms: took.percentile(50) / MICROSECONDS_PER_MS,
    p99Ms: took.percentile(99) / MICROSECONDS_PER_MS,
  }
}

async function place(http: Pool): Promise<string> {
  const { statusCode, body } = await http.request({
    path: '/orders',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      customer_id: randomUUID(),
      product_id: PRODUCT,
      quantity: 2,
      total_amount: 99.99,
    }),
  })
  const answer = (await body.json()) as { order_id?: string }
  if (statusCode === 200 && answer.order_id !== undefined) return answer.order_id
  throw new Error(`an order was answered ${statusCode} ${JSON.stringify(answer)}`)
}

async function endedOf(database: pg.Client, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await database.query<{ id: string }>({
    name: 'ended',
    text: `SELECT id FROM orders WHERE id = ANY($1::uuid[]) AND status <> 'created'`,
    values: [ids],
  })
  return rows.map(({ id }) => id)
}
