import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SagaShown } from '../src/launch/timeline.ts'
import { paymentCommandSender } from './commands.ts'
import { type OwnSystem, prepareOwnSystem } from './own-system.ts'
import { REQUESTS } from './requests.ts'

const POLL_MS = 20
const NEVER_FAILS = { PAYMENT_FAILURE_RATE: '0' }
const ALWAYS_FAILS = { PAYMENT_FAILURE_RATE: '1' }

let own: OwnSystem
beforeAll(async () => {
  own = await prepareOwnSystem({ environment: NEVER_FAILS })
  await own.system.start()
})
afterAll(() => own?.[Symbol.asyncDispose]())

interface OrderShown {
  order_id: string
  status: string
  total_amount: number
  quantity: number
}

async function get<Body>(path: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${own.system.url}${path}`)
  return { status: response.status, body: (await response.json()) as Body }
}

async function post(body: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${own.system.url}/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Places an order and waits until it and its saga have ended. */
async function place(body: string): Promise<{ order: OrderShown; saga: SagaShown }> {
  const { status, body: placed } = await post(body)
  expect(status).toBe(200)
  expect(placed).toEqual({
    order_id: expect.any(String),
    saga_id: expect.any(String),
    status: 'started',
    message: 'Order saga transaction has been initiated',
  })
  for (;;) {
    const { body: saga } = await get<SagaShown>(`/sagas/${placed.saga_id}`)
    if (saga.status === 'Completed' || saga.status === 'Compensated') {
      return { saga, order: (await get<OrderShown>(`/orders/${placed.order_id}`)).body }
    }
    await sleep(POLL_MS)
  }
}

/** The commands that were done or refused, in the order in which they were sent. */
function commandsOf({ steps }: SagaShown): string[] {
  return steps
    .flatMap(({ attempts }) => attempts)
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .map(({ command_type, outcome }) => `${command_type} ${outcome}`)
}

const paymentsOf = (orderId: string) =>
  own.query('payments', 'SELECT status, amount::text, payment_method FROM payments WHERE order_id = $1', [
    orderId,
  ])
const stockOf = async (productId: string) =>
  (
    await own.query<{ available: number; reserved: number }>(
      'inventory',
      'SELECT available_quantity AS available, reserved_quantity AS reserved FROM inventory WHERE product_id = $1',
      [productId],
    )
  )[0]

const LAMP = '11111111-1111-1111-1111-111111111111'
/** Of which there are so few that they are soon gone. */
const RARE = { id: '33333333-3333-3333-3333-333333333333', quantity: 25 }

describe('the scenarios', () => {
  it('all three services say that they are well', async () => {
    for (const { url } of own.system.all) {
      const response = await fetch(`${url}/health`)
      expect([response.status, await response.text()]).toEqual([200, 'OK'])
    }
  })

  it('an order that is paid for and in stock is approved', async () => {
    const { order, saga } = await place(REQUESTS.successful)
    expect(order).toMatchObject({ status: 'approved', total_amount: 99.99, quantity: 2 })
    expect(saga.status).toBe('Completed')
    expect(commandsOf(saga)).toEqual([
      'CreateOrder done',
      'ProcessPayment done',
      'ReserveInventory done',
      'ApproveOrder done',
    ])
    expect(await paymentsOf(order.order_id)).toEqual([
      { status: 'processed', amount: '99.99', payment_method: 'credit_card' },
    ])
    expect(await stockOf(LAMP)).toEqual({ available: 98, reserved: 2 })
  })

  it('an order of a product that there is not is refunded and cancelled', async () => {
    const { order, saga } = await place(REQUESTS.inventoryFailure)
    expect(order.status).toBe('cancelled')
    expect(saga).toMatchObject({
      status: 'Compensated',
      failed_step: 'inventory',
      error: 'Product not found',
    })
    expect(commandsOf(saga)).toEqual([
      'CreateOrder done',
      'ProcessPayment done',
      'ReserveInventory refused',
      'CompensatePayment done',
      'CancelOrder done',
    ])
    expect(await paymentsOf(order.order_id)).toEqual([
      { status: 'refunded', amount: '199.99', payment_method: 'credit_card' },
    ])
  })

  it('orders for more than there is, all at once, get what there is and no more, and the others their money back', async () => {
    const customers = 2 * RARE.quantity
    const body = REQUESTS.successful.replace(LAMP, RARE.id).replace('"quantity": 2', '"quantity": 1')
    const ended = await Promise.all(Array.from({ length: customers }, () => place(body)))
    const approved = ended.filter(({ order }) => order.status === 'approved')
    expect(approved).toHaveLength(RARE.quantity)
    expect(await stockOf(RARE.id)).toEqual({ available: 0, reserved: RARE.quantity })
    const payments = await own.query<{ status: string; count: number }>(
      'payments',
      'SELECT status, count(*)::integer AS count FROM payments WHERE order_id = ANY($1) GROUP BY status ORDER BY status',
      [ended.map(({ order }) => order.order_id)],
    )
    expect(payments).toEqual([
      { status: 'processed', count: RARE.quantity },
      { status: 'refunded', count: customers - RARE.quantity },
    ])
  })

  it('a ProcessPayment that comes behind its CompensatePayment charges nobody, however often it comes', async () => {
    const sagaId = randomUUID()
    const payload = { order_id: sagaId, amount: 49.99, payment_method: 'accepted_card' }
    await using sender = await paymentCommandSender(own.brokers)
    expect(await sender.send(sagaId, 'compensate', 'CompensatePayment', payload)).toMatchObject({
      saga_id: sagaId,
      status: 'Compensated',
    })
    for (let time = 0; time < 2; time += 1) {
      const late = await sender.send(sagaId, 'action', 'ProcessPayment', payload)
      expect(late.status).toBe('Failed')
    }
    expect(await paymentsOf(sagaId)).toEqual([])
  })

  it('an order whose payment fails is cancelled, and nothing is charged', async () => {
    const payment = own.system.services['payment-service']
    await payment.stop()
    payment.start(ALWAYS_FAILS)
    await payment.ready()
    const before = await stockOf(LAMP)
    const { order, saga } = await place(REQUESTS.paymentFailure)
    expect(order.status).toBe('cancelled')
    expect(saga).toMatchObject({
      status: 'Compensated',
      failed_step: 'payment',
      error: 'Payment processing failed',
    })
    expect(commandsOf(saga)).toEqual(['CreateOrder done', 'ProcessPayment refused', 'CancelOrder done'])
    expect(await paymentsOf(order.order_id)).toEqual([])
    expect(await stockOf(LAMP)).toEqual(before)
  })
})

describe('what is asked otherwise', () => {
  it.each<[string, string, string[]]>([
    ['without anything', '{}', ['customer_id', 'product_id', 'quantity', 'total_amount']],
    ['for nothing', REQUESTS.successful.replace('2,', '0,'), ['quantity']],
    ['of half a product', REQUESTS.successful.replace('2,', '2.5,'), ['quantity']],
    ['for a negative amount', REQUESTS.successful.replace('99.99', '-99.99'), ['total_amount']],
    ['with parts of a cent', REQUESTS.successful.replace('99.99', '99.999'), ['total_amount']],
    ['of a product that is no UUID', REQUESTS.successful.replace('1111-', 'lamp-'), ['product_id']],
  ])('an order %s is refused with the reasons', async (_what, body, paths) => {
    const { status, body: answer } = await post(body)
    expect(status).toBe(400)
    const details = answer.details as { path: string; problem: string }[]
    expect(details.map(({ path }) => path)).toEqual(paths)
    for (const { problem } of details) expect(problem).not.toBe('')
  })

  it('what is no JSON is refused', async () => {
    expect(await post('{"customer_id":')).toMatchObject({ status: 400, body: { error: expect.any(String) } })
  })

  it('what nobody has heard of is not found', async () => {
    const unknown = '018f0000-0000-7000-8000-000000000000'
    for (const path of [`/orders/${unknown}`, `/sagas/${unknown}`, '/orders/none', '/nothing']) {
      expect(await get(path)).toEqual({ status: 404, body: { error: expect.any(String) } })
    }
  })

  it('orders are listed newest first, by pages', async () => {
    type Page = { orders: OrderShown[]; next_cursor?: string }
    const { body: first } = await get<Page>('/orders?status=cancelled&limit=1')
    expect(first.orders).toMatchObject([{ status: 'cancelled', total_amount: 149.99 }])
    const { body: second } = await get<Page>(`/orders?status=cancelled&limit=1&cursor=${first.next_cursor}`)
    expect(second.orders).toHaveLength(1)
    expect(second.orders[0]?.order_id).not.toBe(first.orders[0]?.order_id)
  })
})
