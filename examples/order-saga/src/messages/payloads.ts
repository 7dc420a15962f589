import { Refused } from 'assent/participant'
import { z } from 'zod'
import { Amount } from './amount.ts'

/** Any UUID: those of the seeded products are of no RFC's version. */
export const Id = z.guid().toLowerCase()
export const QUANTITY_MAX = 1_000_000
const Quantity = z.int().min(1).max(QUANTITY_MAX)

/** Of CreateOrder, ApproveOrder and CancelOrder. */
export const OrderData = z.object({
  order_id: Id,
  customer_id: Id,
  product_id: Id,
  quantity: Quantity,
  total_amount: Amount,
})
export type OrderData = z.infer<typeof OrderData>

/** A credit card is declined now and then; the two others, for tests, always or never. */
export const PAYMENT_METHODS = ['credit_card', 'declined_card', 'accepted_card'] as const
export const PaymentMethod = z.enum(PAYMENT_METHODS)

/** Of ProcessPayment and CompensatePayment. */
export const PaymentData = z.object({ order_id: Id, amount: Amount, payment_method: PaymentMethod })
export type PaymentData = z.infer<typeof PaymentData>

/** Of ReserveInventory and CompensateInventory. */
export const InventoryData = z.object({ product_id: Id, quantity: Quantity, order_id: Id })
export type InventoryData = z.infer<typeof InventoryData>

/** What a command carries, if it is what the command needs. One that must finish can't be refused: a person will look at it. */
export function payloadOf<Schema extends z.ZodType>(schema: Schema, payload: unknown): z.infer<Schema> {
  const { data, error } = schema.safeParse(payload)
  if (error !== undefined) throw new Refused('INVALID_PAYLOAD', 'Invalid payload', problemsOf(error))
  return data as z.infer<Schema>
}

/** What is wrong, and where. */
export function problemsOf({ issues }: z.ZodError): { path: string; problem: string }[] {
  return issues.map(({ path, message }) => ({ path: path.join('.'), problem: message }))
}
