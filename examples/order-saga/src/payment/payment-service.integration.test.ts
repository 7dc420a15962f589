import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DeskCommand } from '../../test/command-desk.ts'
import { type Served, serve } from '../../test/served.ts'
import { COMMANDS, EVENTS } from '../messages/topics.ts'
import { startPaymentService } from './service.ts'

let service: Served
beforeAll(async () => {
  service = await serve((options) => startPaymentService({ ...options, failureRate: 0 }), COMMANDS.payment)
})
afterAll(() => service?.[Symbol.asyncDispose]())

type Method = 'credit_card' | 'declined_card'

function commandsOf(order_id: string, payment_method: Method = 'credit_card') {
  const command = { saga: order_id, step: 'payment', payload: { order_id, amount: 99.99, payment_method } }
  const charge: DeskCommand = { ...command, command_type: 'ProcessPayment', op: 'action' }
  const refund: DeskCommand = { ...command, command_type: 'CompensatePayment', op: 'compensate' }
  return { charge, refund }
}

const paymentsOf = async (orderId: string) =>
  (await service.pool.query('SELECT status, amount FROM payments WHERE order_id = $1', [orderId])).rows

const eventsOf = async (orderId: string) =>
  (
    await service.pool.query(
      'SELECT event_type FROM outbox_events WHERE aggregate_id::text = $1 ORDER BY position',
      [orderId],
    )
  ).rows.map(({ event_type }) => event_type)

it('an order is charged to the cent, and the reply is the row', async () => {
  const order = randomUUID()
  const [reply] = await service.desk.ask(commandsOf(order).charge)
  expect(reply).toMatchObject({
    saga_id: order,
    status: 'Success',
    error: null,
    result: { order_id: order, amount: 99.99, payment_method: 'credit_card', status: 'processed' },
  })
  expect(await paymentsOf(order)).toEqual([{ status: 'processed', amount: '99.99' }])
})

it('a declined card is charged nothing, and a repeat is answered Failed again', async () => {
  const order = randomUUID()
  const { charge } = commandsOf(order, 'declined_card')
  for (const reply of await service.desk.ask(charge, charge, charge)) {
    expect(reply).toMatchObject({ status: 'Failed', result: null, error: 'Payment processing failed' })
  }
  expect(await paymentsOf(order)).toEqual([])
  expect(await eventsOf(order)).toEqual([])
})

it('commands that come twice charge once and refund once', async () => {
  const order = randomUUID()
  const { charge, refund } = commandsOf(order)
  const replies = await service.desk.ask(charge, charge, refund, refund, refund)
  expect(replies.map(({ status }) => status)).toEqual([
    'Success',
    'Success',
    'Compensated',
    'Compensated',
    'Compensated',
  ])
  expect(replies.at(-1)?.result).toEqual({ refunded: true })
  expect(await paymentsOf(order)).toEqual([{ status: 'refunded', amount: '99.99' }])
  expect(await eventsOf(order)).toEqual(['PaymentProcessed', 'PaymentRefunded'])
})

it('a charge that comes behind its refund charges nobody', async () => {
  const order = randomUUID()
  const { charge, refund } = commandsOf(order)
  const [refunded, late] = await service.desk.ask(refund, charge)
  expect(refunded?.status).toBe('Compensated')
  expect(late?.status).toBe('Failed')
  expect(await paymentsOf(order)).toEqual([])
})

it('in whatever order and however often commands come, nobody is charged whose order is undone', async () => {
  service.broker.inject({ isOutOfOrder: true, twiceEvery: 3 })
  const orders = Array.from({ length: 20 }, () => randomUUID())
  const commands = orders.map((order) => commandsOf(order))
  await service.desk.ask(...commands.flatMap(({ charge, refund }) => [charge, refund, charge]))
  service.broker.inject({ isOutOfOrder: false, twiceEvery: undefined })
  for (const order of orders) {
    const [payment, ...more] = await paymentsOf(order)
    expect(more).toEqual([])
    if (payment === undefined) expect(await eventsOf(order)).toEqual([])
    else {
      expect(payment.status).toBe('refunded')
      expect(await eventsOf(order)).toEqual(['PaymentProcessed', 'PaymentRefunded'])
    }
  }
})

it('another saga can not charge the same order again', async () => {
  const order = randomUUID()
  const { charge } = commandsOf(order)
  await service.desk.ask(charge)
  const [again] = await service.desk.ask({ ...charge, saga: randomUUID() })
  expect(again).toMatchObject({ status: 'Failed', error: 'Order was charged already' })
  expect(await paymentsOf(order)).toHaveLength(1)
})

it.each([
  ['nothing', null],
  ['parts of a cent', { order_id: randomUUID(), amount: 99.999, payment_method: 'credit_card' }],
  ['a negative amount', { order_id: randomUUID(), amount: -1, payment_method: 'credit_card' }],
  ['a text for an amount', { order_id: randomUUID(), amount: '99.99', payment_method: 'credit_card' }],
])('a command that carries %s is refused with the reasons', async (_what, payload) => {
  const [reply] = await service.desk.ask({ ...commandsOf(randomUUID()).charge, payload })
  expect(reply).toMatchObject({
    status: 'Failed',
    code: 'INVALID_PAYLOAD',
    details: [{ path: expect.any(String) }],
  })
})

it('what is not known is refused', async () => {
  const [reply] = await service.desk.ask({ ...commandsOf(randomUUID()).charge, command_type: 'GiveMoney' })
  expect(reply).toMatchObject({ status: 'Failed', error: 'Unsupported command type' })
})

it('what has happened comes to its topic in its order, by the key of the order', async () => {
  const order = randomUUID()
  const { charge, refund } = commandsOf(order)
  await service.desk.ask(charge, refund)
  const told = () => service.broker.messages(EVENTS.payment).filter(({ key }) => key === order)
  await expect.poll(() => told().length).toBe(2)
  expect(told().map(({ value }) => JSON.parse(value).status)).toEqual(['processed', 'refunded'])
})

it('which commands were processed, when and with which result, can be read', async () => {
  const order = randomUUID()
  await service.desk.ask(commandsOf(order).charge)
  const { rows } = await service.pool.query(
    'SELECT result, processed_at FROM processed_commands WHERE idempotency_key = $1',
    [`${order}/payment/action`],
  )
  expect(rows).toEqual([
    { result: expect.objectContaining({ amount: 99.99 }), processed_at: expect.any(Date) },
  ])
})

it('a call and its undo have a key each, which no other row can have', async () => {
  const order = randomUUID()
  const { charge, refund } = commandsOf(order)
  await service.desk.ask(refund, charge, refund)
  const { rows } = await service.pool.query(
    'SELECT idempotency_key AS key FROM processed_commands WHERE gid = $1 ORDER BY 1',
    [order],
  )
  expect(rows.map(({ key }) => key)).toEqual([`${order}/payment/action`, `${order}/payment/compensate`])
  // The row of a call that nobody makes, with the key of the charge.
  const again = service.pool.query(
    `UPDATE processed_commands SET op = 'action' WHERE idempotency_key = '${order}/payment/compensate'`,
  )
  await expect(again).rejects.toThrow('idempotency_key')
})

it('whoever watches the service sees what has become of commands and events', async () => {
  await using watched = await serve(
    (options) => startPaymentService({ ...options, failureRate: 0 }),
    COMMANDS.payment,
  )
  const metrics = async () => (await (await fetch(`${watched.url}/metrics`)).text()).split('\n')
  expect(await metrics()).toContain('assent_outbox_sent_total 0')
  const [one, two] = [commandsOf(randomUUID()), commandsOf(randomUUID(), 'declined_card')]
  await watched.desk.ask(one.charge, one.refund, two.charge)
  await watched.broker.connect().send([{ topic: COMMANDS.payment, key: 'order', value: 'no command' }])
  await watched.broker.settled()
  await expect.poll(metrics).toContain('assent_outbox_sent_total 2')
  expect(await metrics()).toEqual(
    expect.arrayContaining([
      'order_saga_commands_total{outcome="done"} 2',
      'order_saga_commands_total{outcome="refused"} 1',
      'order_saga_dead_letters_total 1',
      'assent_outbox_waiting 0',
      'assent_outbox_oldest_seconds 0',
      'assent_outbox_dead 0',
    ]),
  )
  await watched.pool.query('UPDATE outbox_events SET dead = true, processed = false')
  expect(await metrics()).toContain('assent_outbox_dead 2')
})
