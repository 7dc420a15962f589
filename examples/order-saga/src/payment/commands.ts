import type { Commands } from 'assent/participant'
import type { PoolClient } from 'pg'
import { PaymentData, payloadOf } from '../messages/payloads.ts'
import { processPayment, refundPayment } from './payments.ts'

/** What the payment service does for each command. */
export function paymentCommands(failureRate: number) {
  return {
    ProcessPayment: ({ database, payload }) =>
      processPayment(database, payloadOf(PaymentData, payload), failureRate),
    CompensatePayment: ({ database, payload }) =>
      refundPayment(database, payloadOf(PaymentData, payload).order_id),
  } satisfies Commands<PoolClient>
}
