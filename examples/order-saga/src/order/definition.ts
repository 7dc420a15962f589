import { kafka, saga } from 'assent'
import { COMMANDS } from '../messages/topics.ts'
import { inventoryDataOf, NewOrder, orderDataOf, paymentDataOf } from './new-order.ts'

/** What is not decided by then is cancelled: longer than services are away, shorter than customers wait. */
const DECIDED_WITHIN_MS = 15 * 60_000

/** A service that is away finds its commands when it is back, so asking again is for what got lost, and costs little. */
const PATIENTLY = { timeoutMs: 20_000, retry: { intervalMs: 1_000, maxIntervalMs: 20_000 } }

/** Created, paid, reserved, approved; or whatever of it was done is undone, last first. */
export const order = saga('order', { version: 1, input: NewOrder, timeoutMs: DECIDED_WITHIN_MS })
  .step('order', kafka({ topic: COMMANDS.order, action: 'CreateOrder', compensate: 'CancelOrder' }), {
    ...PATIENTLY,
    payload: orderDataOf,
  })
  .step(
    'payment',
    kafka({ topic: COMMANDS.payment, action: 'ProcessPayment', compensate: 'CompensatePayment' }),
    { ...PATIENTLY, payload: paymentDataOf },
  )
  .step(
    'inventory',
    kafka({ topic: COMMANDS.inventory, action: 'ReserveInventory', compensate: 'CompensateInventory' }),
    { ...PATIENTLY, payload: inventoryDataOf },
  )
  // The pivot: an approval is never turned round, so that its answer is waited for, whatever the deadline says.
  .pivot('approval', kafka({ topic: COMMANDS.order, action: 'ApproveOrder' }), {
    ...PATIENTLY,
    payload: orderDataOf,
  })
