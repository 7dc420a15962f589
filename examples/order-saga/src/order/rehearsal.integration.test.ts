import { type Json, open } from 'assent'
import {
  type Answer,
  type Business,
  type Call,
  type Commands,
  type CommandWork,
  pg,
  sqlBarrier,
} from 'assent/participant'
import { postgres } from 'assent/store/postgres'
import { type FakeGiven, type Fakes, rehearse } from 'assent/testing'
import type { Pool, PoolClient } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/fresh-database.ts'
import { INVENTORY_COMMANDS } from '../inventory/commands.ts'
import { MIGRATIONS as INVENTORY_MIGRATIONS } from '../inventory/migrations.ts'
import { COMMANDS } from '../messages/topics.ts'
import { paymentCommands } from '../payment/commands.ts'
import { MIGRATIONS as PAYMENT_MIGRATIONS } from '../payment/migrations.ts'
import { migrate } from '../service/database.ts'
import { INBOX_TABLE } from '../service/tables.ts'
import { ORDER_COMMANDS } from './commands.ts'
import { order } from './definition.ts'
import { MIGRATIONS as ORDER_MIGRATIONS } from './migrations.ts'

/** Each fault alone, and some pairs: a story waits for the databases. */
const STORIES = 150
const LAMPS = 100
const input = {
  order_id: '018f0000-0000-7000-8000-000000000001',
  customer_id: '550e8400-e29b-41d4-a716-446655440000',
  product_id: '11111111-1111-1111-1111-111111111111',
  quantity: 2,
  total_amount: 99.99,
  payment_method: 'accepted_card',
} as const

let orders: FreshDatabase
let payments: FreshDatabase
let inventory: FreshDatabase
beforeAll(async () => {
  ;[orders, payments, inventory] = await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()])
  // What saga_transactions looks at.
  await (await open({ store: postgres({ url: orders.url }) })).close()
  await migrate(orders.pool, ORDER_MIGRATIONS)
  await migrate(payments.pool, PAYMENT_MIGRATIONS)
  await migrate(inventory.pool, INVENTORY_MIGRATIONS)
})
afterAll(async () => {
  for (const database of [orders, payments, inventory]) await database?.[Symbol.asyncDispose]()
})

async function reset(): Promise<void> {
  const forget = `DELETE FROM ${INBOX_TABLE}; DELETE FROM outbox_events`
  await Promise.all([
    orders.pool.query(`DELETE FROM orders; ${forget}`),
    payments.pool.query(`DELETE FROM payments; ${forget}`),
    inventory.pool.query(`
      DELETE FROM reservations; ${forget};
      UPDATE inventory SET available_quantity = ${LAMPS}, reserved_quantity = 0
      WHERE product_id = '${input.product_id}' AND available_quantity <> ${LAMPS}`),
  ])
}

/** The services themselves in place of the broker between them: their commands, behind their own barriers. */
function services(): Fakes<typeof order> {
  const byTopic: Readonly<Record<string, { pool: Pool; commands: Commands<PoolClient> }>> = {
    [COMMANDS.order]: { pool: orders.pool, commands: ORDER_COMMANDS },
    [COMMANDS.payment]: { pool: payments.pool, commands: paymentCommands(0) },
    [COMMANDS.inventory]: { pool: inventory.pool, commands: INVENTORY_COMMANDS },
  }
  const fakes = order.steps.map(({ name, calls }) => {
    if (calls.kind !== 'urls') throw new Error(`${name} is no step by URL`)
    const { urls, payload } = calls
    const { pool, commands } = byTopic[partsOf(urls.action).topic] ?? {}
    if (pool === undefined || commands === undefined) throw new Error(`${name} is nobody's`)
    const functions = Object.entries(urls).map(([op, url]) => [
      op,
      ({ input: given, database }: FakeGiven<typeof order>) => {
        const sent = payload?.({ input: given as Json, results: {}, result: undefined }) ?? given
        return commands[partsOf(url).commandType]?.({
          payload: sent,
          database,
        } as CommandWork<PoolClient>)
      },
    ])
    return [name, { barrier: sqlBarrier(pg(pool), { table: INBOX_TABLE }), ...Object.fromEntries(functions) }]
  })
  return Object.fromEntries(fakes)
}

function partsOf(url = ''): { topic: string; commandType: string } {
  const [, topic = '', commandType = ''] = /^kafka:(.+)\/(.+)$/.exec(url) ?? []
  return { topic, commandType }
}

/** What the three databases hold. */
async function found() {
  const [orderRows, paymentRows, stock, reservations, ...outboxes] = await Promise.all([
    orders.pool.query('SELECT status, total_amount FROM orders'),
    payments.pool.query('SELECT status, amount FROM payments'),
    inventory.pool.query(
      `SELECT available_quantity, reserved_quantity FROM inventory WHERE product_id = '${input.product_id}'`,
    ),
    inventory.pool.query('SELECT status, quantity FROM reservations'),
    ...[orders, payments, inventory].map(({ pool }) =>
      pool.query('SELECT event_type FROM outbox_events ORDER BY position'),
    ),
  ])
  return {
    orders: orderRows.rows,
    payments: paymentRows.rows,
    stock: stock.rows[0],
    reservations: reservations.rows,
    events: outboxes.flatMap(({ rows }) => rows.map(({ event_type }) => event_type)),
  }
}

const APPROVED = {
  orders: [{ status: 'approved', total_amount: '99.99' }],
  payments: [{ status: 'processed', amount: '99.99' }],
  stock: { available_quantity: LAMPS - 2, reserved_quantity: 2 },
  reservations: [{ status: 'reserved', quantity: 2 }],
  events: ['OrderCreated', 'OrderApproved', 'PaymentProcessed', 'InventoryReserved'],
}

async function expectApprovedOrNothing({ status }: { status: string }): Promise<void> {
  const ends = await found()
  if (status === 'COMMITTED') return expect(ends).toEqual(APPROVED)
  // What was done is undone, and what was not has left nothing.
  expect(ends.stock).toEqual({ available_quantity: LAMPS, reserved_quantity: 0 })
  for (const { status } of ends.orders) expect(status).toBe('cancelled')
  for (const { status } of ends.payments) expect(status).toBe('refunded')
  for (const { status } of ends.reservations) expect(status).toBe('released')
  const done = [...ends.orders, ...ends.payments, ...ends.reservations].length
  expect(ends.events).toHaveLength(2 * done)
  expect(new Set(ends.events).size).toBe(ends.events.length)
}

it('whatever goes wrong, an order is approved with its payment and stock, or nothing of it is left', async () => {
  const { stories } = await rehearse(order, input, expectApprovedOrNothing, {
    reset,
    fakes: services(),
    stories: STORIES,
  })
  expect(stories).toBeGreaterThan(100)
})

it('without its barrier the payment service would be found out', async () => {
  const { payment, ...others } = services()
  const transactions = sqlBarrier(pg(payments.pool))
  const careless = {
    ...transactions,
    run: async (_: Call, business: Business<PoolClient>): Promise<Answer> => {
      const result = (await transactions.transaction(business)) as Json
      return { case: 'executed', outcome: 'done', result }
    },
  }
  const rehearsed = rehearse(order, input, expectApprovedOrNothing, {
    reset,
    fakes: { ...others, payment: { ...payment, barrier: careless } },
    // Told that it may have happened, the undo finds nothing to refund.
    only: 'abort(payment, before-call)',
  })
  await expect(rehearsed).rejects.toThrow('compensate of payment: UNFINISHED')
})
