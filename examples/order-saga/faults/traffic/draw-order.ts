import { randomUUID } from 'node:crypto'

/** Of which there is always some. */
export const PLENTY = '11111111-1111-1111-1111-111111111111'
/** Of which there are fifty: they are fought for, and then there are none. */
export const SCARCE = '22222222-2222-2222-2222-222222222222'
/** That nobody has heard of. */
export const UNKNOWN = '99999999-9999-9999-9999-999999999999'

export interface OrderBody {
  customer_id: string
  product_id: string
  quantity: number
  total_amount: number
}

/** Of so many orders: what the payment service refuses comes on top. */
const PRODUCTS = [PLENTY, PLENTY, PLENTY, SCARCE, UNKNOWN] as const
const QUANTITY_MAX = 3
const CENTS_MAX = 100_000

export function drawOrder(chance: () => number): OrderBody {
  const between = (least: number, most: number): number => least + Math.floor(chance() * (most - least + 1))
  return {
    customer_id: randomUUID(),
    product_id: PRODUCTS[between(0, PRODUCTS.length - 1)] ?? PLENTY,
    quantity: between(1, QUANTITY_MAX),
    total_amount: between(1, CENTS_MAX) / 100,
  }
}
