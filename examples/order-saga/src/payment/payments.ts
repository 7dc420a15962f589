import { Refused } from 'assent/participant'
import type { ClientBase } from 'pg'
import { announce } from '../messages/events.ts'
import type { PaymentData } from '../messages/payloads.ts'
import { declines } from './declines.ts'

/** A row of `payments`, as the database says it in JSON. */
export type Payment = {
  id: string
  order_id: string
  amount: number
  payment_method: string
  status: 'processed' | 'refunded'
  processed_at: string
  created_at: string
  updated_at: string
}

/** An order is charged once, whoever asks. */
export async function processPayment(
  client: ClientBase,
  data: PaymentData,
  failureRate: number,
): Promise<Payment> {
  if (declines(data, failureRate)) throw new Refused('PAYMENT_FAILED', 'Payment processing failed')
  const { rows } = await client.query<{ payment: Payment }>(
    `INSERT INTO payments (order_id, amount, payment_method, status) VALUES ($1, $2, $3, 'processed')
     ON CONFLICT DO NOTHING RETURNING row_to_json(payments) AS payment`,
    [data.order_id, String(data.amount), data.payment_method],
  )
  const payment = rows[0]?.payment
  if (payment === undefined) throw new Refused('ALREADY_CHARGED', 'Order was charged already')
  await announce(client, 'PaymentProcessed', data.order_id, payment)
  return payment
}

/** Undoes processPayment, so it can't be refused: nothing to refund is a fault, for a person to look at. */
export async function refundPayment(client: ClientBase, orderId: string): Promise<{ refunded: true }> {
  const { rows } = await client.query<{ payment: Payment }>(
    `UPDATE payments SET status = 'refunded', updated_at = now() WHERE order_id = $1 AND status = 'processed'
     RETURNING row_to_json(payments) AS payment`,
    [orderId],
  )
  const payment = rows[0]?.payment
  if (payment === undefined) throw new Error(`order ${orderId} has no payment that could be refunded`)
  await announce(client, 'PaymentRefunded', orderId, payment)
  return { refunded: true }
}
