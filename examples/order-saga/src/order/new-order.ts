import type { z } from 'zod'
import { type InventoryData, OrderData, type PaymentData, PaymentMethod } from '../messages/payloads.ts'

/** What the saga of an order is given. */
export const NewOrder = OrderData.extend({ payment_method: PaymentMethod.default('credit_card') })

type Given = { input: z.infer<typeof NewOrder> }

/** What each service is told of it. */
export function orderDataOf({ input: { payment_method: _, ...data } }: Given): OrderData {
  return data
}

export function paymentDataOf({ input: { order_id, total_amount, payment_method } }: Given): PaymentData {
  return { order_id, amount: total_amount, payment_method }
}

export function inventoryDataOf({ input: { order_id, product_id, quantity } }: Given): InventoryData {
  return { product_id, quantity, order_id }
}
