import { randomUUID } from 'node:crypto'
import { askCoordinator } from 'assent/participant'
import { memoryBroker } from 'assent/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DeskCommand } from '../../test/command-desk.ts'
import { type Served, serve } from '../../test/served.ts'
import { startInventoryService } from '../inventory/service.ts'
import { COMMANDS, EVENTS, REPLIES } from '../messages/topics.ts'
import { startPaymentService } from '../payment/service.ts'
import { startOrderService } from './service.ts'

const REQUEST = {
  customer_id: '550e8400-e29b-41d4-a716-446655440000',
  product_id: '11111111-1111-1111-1111-111111111111',
  quantity: 2,
  total_amount: 99.99,
}
const NOWHERE = '99999999-9999-9999-9999-999999999999'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const broker = memoryBroker()
let service: Served
const others: Served[] = []
beforeAll(async () => {
  service = await serve(startOrderService, COMMANDS.order, broker)
  const pay = (options: Parameters<typeof startOrderService>[0]) =>
    startPaymentService({ ...options, failureRate: 0 })
  others.push(await serve(pay, COMMANDS.payment, broker))
  others.push(await serve(startInventoryService, COMMANDS.inventory, broker))
})
afterEach(() => broker.inject({ isAway: false }))
afterAll(async () => {
  for (const each of [service, ...others]) await each?.[Symbol.asyncDispose]()
})

// biome-ignore lint/suspicious/noExplicitAny: what comes is what is tested
type Body = any

async function ask(path: string, init?: RequestInit): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${service.url}${path}`, init)
  return { status: response.status, body: await response.json() }
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: Body }> {
  return ask('/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** Waits until the saga is where it goes, and answers it with its order. */
async function ended(id: string): Promise<{ saga: Body; order: Body }> {
  const isOver = async () => /^Comp.*ed$/.test((await ask(`/sagas/${id}`)).body.status)
  await expect.poll(isOver, { timeout: 20_000 }).toBe(true)
  return { saga: (await ask(`/sagas/${id}`)).body, order: (await ask(`/orders/${id}`)).body }
}

const rowOf = async (id: string): Promise<Body> =>
  (await service.pool.query('SELECT * FROM saga_transactions WHERE id = $1', [id])).rows[0]

describe('an order', () => {
  it('is answered as soon as it is kept, and approved behind that', async () => {
    const { status, body } = await post(REQUEST)
    expect(status).toBe(200)
    expect(body).toEqual({
      order_id: expect.stringMatching(UUID),
      saga_id: expect.stringMatching(UUID),
      status: 'started',
      message: 'Order saga transaction has been initiated',
    })
    const { saga, order } = await ended(body.saga_id)
    expect(order).toMatchObject({ ...REQUEST, order_id: body.order_id, status: 'approved' })
    expect(saga.status).toBe('Completed')
    expect(saga.steps.map(({ command_type, attempt_count }: Body) => [command_type, attempt_count])).toEqual([
      ['CreateOrder', 1],
      ['ProcessPayment', 1],
      ['ReserveInventory', 1],
      ['ApproveOrder', 1],
    ])
    expect(await rowOf(body.saga_id)).toMatchObject({
      status: 'Completed',
      current_step: 4,
      context: { order_data: { ...REQUEST, order_id: body.order_id } },
    })
  })

  it('that can not be paid is cancelled, with the reason', async () => {
    const { body } = await post({ ...REQUEST, payment_method: 'declined_card' })
    const { saga, order } = await ended(body.saga_id)
    expect(order.status).toBe('cancelled')
    expect(saga).toMatchObject({
      status: 'Compensated',
      failed_step: 'payment',
      error: 'Payment processing failed',
    })
    expect(await rowOf(body.saga_id)).toMatchObject({ status: 'Compensated', current_step: 1 })
  })

  it('of a product that there is not is refunded and cancelled', async () => {
    const { body } = await post({ ...REQUEST, product_id: NOWHERE, payment_method: 'accepted_card' })
    const { saga, order } = await ended(body.saga_id)
    expect(order.status).toBe('cancelled')
    expect(saga).toMatchObject({
      status: 'Compensated',
      failed_step: 'inventory',
      error: 'Product not found',
    })
    expect(await rowOf(body.saga_id)).toMatchObject({ status: 'Compensated', current_step: 2 })
  })

  it('is kept while the broker is away, shown as it stands, and goes on when it is back', async () => {
    broker.inject({ isAway: true })
    const { status, body } = await post({ ...REQUEST, payment_method: 'accepted_card' })
    expect(status).toBe(200)
    expect((await ask(`/orders/${body.order_id}`)).body).toMatchObject({ ...REQUEST, status: 'started' })
    expect((await ask(`/sagas/${body.saga_id}`)).body.status).toBe('Started')
    expect(await rowOf(body.saga_id)).toMatchObject({ status: 'Started', current_step: 0 })
    expect(await ask('/health')).toMatchObject({ status: 503, body: { away: [{ name: 'broker' }] } })
    broker.inject({ isAway: false })
    expect((await ended(body.saga_id)).order.status).toBe('approved')
  })

  it('that is sent again with its Idempotency-Key stays one', async () => {
    const headers = { 'idempotency-key': `key ${randomUUID()}` }
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(REQUEST, headers)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const [id, ...more] = new Set(answers.map(({ body }) => body.order_id))
    expect(more).toEqual([])
    await ended(id)
    expect(await post(REQUEST, headers)).toMatchObject({ status: 200, body: { order_id: id } })
    expect(await post({ ...REQUEST, quantity: 3 }, headers)).toMatchObject({ status: 409 })
  })

  it('has a key of its customer’s own: the same key of another customer is another order', async () => {
    const headers = { 'idempotency-key': `key ${randomUUID()}` }
    const customers = [randomUUID(), randomUUID()]
    const placed = await Promise.all(
      customers.map((customer_id) => post({ ...REQUEST, customer_id }, headers)),
    )
    expect(placed.map(({ status }) => status)).toEqual([200, 200])
    const orders = await Promise.all(placed.map(({ body }) => ended(body.order_id)))
    expect(orders.map(({ order }) => order.customer_id)).toEqual(customers)
  })

  it('without a key is another one each time', async () => {
    const [one, other] = [await post(REQUEST), await post(REQUEST)]
    expect(one?.body.order_id).not.toBe(other?.body.order_id)
  })
})

it('what waits for a person in the coordinator is counted', async () => {
  await broker.connect().send([{ topic: REPLIES, key: 'order', value: 'no reply' }])
  await broker.settled()
  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  expect(metrics).toContain('order_saga_reply_dead_letters_total 1\n')
  expect(metrics).toContain('order_saga_attention_total 0\n')
})

it('services are told which sagas have ended, and so may forget their calls', async () => {
  const { body } = await post(REQUEST)
  await ended(body.saga_id)
  const answer = await askCoordinator(service.url)([body.saga_id, NOWHERE])
  expect(answer).toEqual({
    ended: [{ gid: body.saga_id, status: 'COMMITTED', endedAt: expect.any(Number) }],
    unknown: [NOWHERE],
  })
})

describe('what is asked wrongly', () => {
  const { customer_id: _, ...anonymous } = REQUEST
  it.each<[string, unknown, string[]]>([
    ['an empty order', {}, ['customer_id', 'product_id', 'quantity', 'total_amount']],
    ['a list', [], ['']],
    ['nobody’s order', anonymous, ['customer_id']],
    ['an id that is none', { ...REQUEST, product_id: 'lamp' }, ['product_id']],
    ['no items', { ...REQUEST, quantity: 0 }, ['quantity']],
    ['part of an item', { ...REQUEST, quantity: 1.5 }, ['quantity']],
    ['too many items', { ...REQUEST, quantity: 1_000_001 }, ['quantity']],
    ['items in words', { ...REQUEST, quantity: '2' }, ['quantity']],
    ['nothing to pay', { ...REQUEST, total_amount: 0 }, ['total_amount']],
    ['parts of a cent', { ...REQUEST, total_amount: 99.999 }, ['total_amount']],
    ['more than is kept', { ...REQUEST, total_amount: 100_000_000 }, ['total_amount']],
    ['an unknown card', { ...REQUEST, payment_method: 'cheque' }, ['payment_method']],
    ['what nobody knows', { ...REQUEST, discount: 1 }, ['']],
  ])('%s is answered 400 with the reasons', async (_what, body, paths) => {
    const { status, body: answer } = await post(body)
    expect(status).toBe(400)
    expect(answer.error).toBe('invalid order')
    expect(answer.details.map(({ path }: Body) => path)).toEqual(paths)
  })

  it.each([
    ['no JSON', '{"customer_id":', { 'content-type': 'application/json' }, 400],
    ['nothing', '', { 'content-type': 'application/json' }, 400],
    ['JSON that does not say so', JSON.stringify(REQUEST), { 'content-type': 'text/plain' }, 415],
    ['too much', JSON.stringify({ ...REQUEST, more: 'x'.repeat(20_000) }), {}, 413],
    ['a key that is too long', JSON.stringify(REQUEST), { 'idempotency-key': 'k'.repeat(256) }, 400],
  ])('%s is told so', async (_what, body, headers, expected) => {
    const { status, body: answer } = await post(body, headers as Record<string, string>)
    expect(status).toBe(expected)
    expect(answer).toEqual({
      error: expect.any(String),
      details: [expect.objectContaining({ path: expect.any(String) })],
    })
  })

  it.each(['/orders/nothing', `/orders/${NOWHERE}`, '/sagas/nothing', `/sagas/${NOWHERE}`, '/nothing'])(
    '%s is answered 404',
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404, body: { error: expect.any(String) } })
    },
  )

  it.each(['limit=0', 'limit=101', 'limit=many', 'status=lost', 'cursor=e30', 'colour=red'])(
    'a list with %s is answered 400',
    async (query) => {
      expect(await ask(`/orders?${query}`)).toMatchObject({ status: 400, body: { error: 'invalid query' } })
    },
  )
})

it('a list goes page by page through all orders once, newest first', async () => {
  const { rows } = await service.pool.query('SELECT id FROM orders ORDER BY created_at DESC, id DESC')
  expect(rows.length).toBeGreaterThan(3)
  const seen: string[] = []
  for (let next = ''; ; ) {
    const { body } = await ask(`/orders?limit=2${next}`)
    seen.push(...body.orders.map(({ order_id }: Body) => order_id))
    if (body.next_cursor === undefined) break
    next = `&cursor=${body.next_cursor}`
  }
  expect(seen).toEqual(rows.map(({ id }) => id))
  const { body } = await ask('/orders?status=cancelled')
  expect(new Set(body.orders.map(({ status }: Body) => status))).toEqual(new Set(['cancelled']))
})

it('any page may ask', async () => {
  const response = await fetch(`${service.url}/orders`, {
    method: 'OPTIONS',
    headers: { origin: 'http://shop', 'access-control-request-method': 'POST' },
  })
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(response.headers.get('access-control-allow-methods')).toContain('POST')
})

describe('an order’s status', () => {
  function commandsOf(order_id: string) {
    const payload = { ...REQUEST, order_id }
    const create: DeskCommand = {
      saga: order_id,
      step: 'order',
      command_type: 'CreateOrder',
      op: 'action',
      payload,
    }
    const cancel: DeskCommand = { ...create, command_type: 'CancelOrder', op: 'compensate' }
    const approve: DeskCommand = { ...create, step: 'approval', command_type: 'ApproveOrder' }
    return { create, cancel, approve }
  }
  const statusOf = async (id: string) =>
    (await service.pool.query('SELECT status FROM orders WHERE id = $1', [id])).rows[0]?.status

  it('is never turned round', async () => {
    const id = randomUUID()
    const { create, approve, cancel } = commandsOf(id)
    const [created, approved, cancelled] = await service.desk.ask(create, approve, cancel)
    expect([created?.status, approved?.status]).toEqual(['Success', 'Success'])
    expect(cancelled?.status).toBe('Unknown')
    expect(await statusOf(id)).toBe('approved')
  })

  it('is not approved once it is cancelled', async () => {
    const id = randomUUID()
    const { create, approve, cancel } = commandsOf(id)
    const [, , approved] = await service.desk.ask(create, cancel, approve)
    expect(approved).toMatchObject({ status: 'Failed', error: 'Order is not open' })
    expect(await statusOf(id)).toBe('cancelled')
  })

  it('is told to the world, whenever it changes', async () => {
    const id = randomUUID()
    const { create, approve } = commandsOf(id)
    await service.desk.ask(create, create, approve, approve)
    const told = () => broker.messages(EVENTS.order).filter(({ key }) => key === id)
    await expect.poll(() => told().length).toBe(2)
    expect(told().map(({ value }) => JSON.parse(value).status)).toEqual(['created', 'approved'])
  })
})

it('while the database is away nothing is accepted, and the same key finds its order afterwards', async () => {
  const { rows } = await service.pool.query('SELECT current_database() AS name')
  const [{ name }] = rows
  const administrator = others[0]?.pool
  const away = async (isAway: boolean) => {
    await administrator?.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${!isAway}`)
    if (!isAway) return
    await administrator?.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      name,
    ])
  }
  const headers = { 'idempotency-key': randomUUID() }
  await away(true)
  try {
    const { status, body } = await post({ ...REQUEST, payment_method: 'accepted_card' }, headers)
    expect(status).toBe(503)
    expect(body).toEqual({
      error: expect.stringContaining('Idempotency-Key'),
      order_id: expect.stringMatching(UUID),
    })
    expect(await ask('/health')).toMatchObject({ status: 503, body: { away: [{ name: 'database' }] } })
    expect(await ask('/orders')).toMatchObject({ status: 503 })
    const metrics = await (await fetch(`${service.url}/metrics`)).text()
    expect(metrics).toContain('assent_outbox_sent_total')
    expect(metrics).not.toContain('assent_outbox_waiting')
  } finally {
    await away(false)
  }
  const again = () => post({ ...REQUEST, payment_method: 'accepted_card' }, headers)
  await expect.poll(async () => (await again()).status, { timeout: 20_000 }).toBe(200)
  expect((await ended((await again()).body.saga_id)).order.status).toBe('approved')
})
