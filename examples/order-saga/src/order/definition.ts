import { kafka, saga } from 'assent'
import { type InventoryData, OrderData, type PaymentData, PaymentMethod } from '../messages/payloads.ts'
import { COMMANDS } from '../messages/topics.ts'

export const NewOrder = OrderData.extend({ payment_method: PaymentMethod.default('credit_card') })

/** An order that is not decided by then is cancelled: longer than services are away, shorter than customers wait. */
export const DECIDED_WITHIN_MS = 15 * 60_000

/** A service that is away finds its commands when it is back, so asking again is for what got lost, and costs little. */
const PATIENTLY = { timeoutMs: 20_000, retry: { intervalMs: 1_000, maxIntervalMs: 20_000 } }

const { order: ORDERS, payment: PAYMENTS, inventory: INVENTORY } = COMMANDS

/** Created, paid, reserved, approved; or whatever of it was done is undone, last first. */
export const order = saga('order', { version: 1, input: NewOrder })
  .step('order', kafka({ topic: ORDERS, action: 'CreateOrder', compensate: 'CancelOrder' }), {
    ...PATIENTLY,
    payload: ({ input }): OrderData => OrderData.parse(input),
  })
  .step('payment', kafka({ topic: PAYMENTS, action: 'ProcessPayment', compensate: 'CompensatePayment' }), {
    ...PATIENTLY,
    payload: ({ input: { order_id, total_amount, payment_method } }): PaymentData => ({
      order_id,
      amount: total_amount,
      payment_method,
    }),
  })
  .step(
    'inventory',
    kafka({ topic: INVENTORY, action: 'ReserveInventory', compensate: 'CompensateInventory' }),
    {
      ...PATIENTLY,
      payload: ({ input: { product_id, quantity, order_id } }): InventoryData => ({
        product_id,
        quantity,
        order_id,
      }),
    },
  )
  // The pivot: whether an order is approved is never turned round, so that it waits for the answer, deadline or not.
  .pivot('approval', kafka({ topic: ORDERS, action: 'ApproveOrder' }), {
    ...PATIENTLY,
    payload: ({ input }): OrderData => OrderData.parse(input),
  })
