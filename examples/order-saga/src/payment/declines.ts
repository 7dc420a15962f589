import { createHash } from 'node:crypto'
import type { PaymentData } from '../messages/payloads.ts'

/**
 * Whether the card is declined. Chance is a hash of the order's id: whoever asks again gets the same answer, also where
 * nothing is known any more of the first time.
 */
export function declines({ payment_method, order_id }: PaymentData, failureRate: number): boolean {
  if (payment_method === 'declined_card') return true
  if (payment_method === 'accepted_card') return false
  return chanceOf(order_id) < failureRate
}

/** From 0 to below 1. */
function chanceOf(orderId: string): number {
  return createHash('sha256').update(orderId).digest().readUInt32BE() / 2 ** 32
}
