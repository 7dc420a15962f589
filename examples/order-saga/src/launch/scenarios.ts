import type { Ended, OrderBody } from './customer.ts'

export interface Scenario {
  title: string
  body: OrderBody
  ends: Ended['status']
}

const LAMP = '11111111-1111-1111-1111-111111111111'

/** The three ways in which an order ends. The cards say of the first two which it will be; usually it is chance. */
export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'Two are ordered, paid for and reserved: approved',
    body: {
      customer_id: '550e8400-e29b-41d4-a716-446655440000',
      product_id: LAMP,
      quantity: 2,
      total_amount: 99.99,
      payment_method: 'accepted_card',
    },
    ends: 'approved',
  },
  {
    title: 'The card is declined: cancelled',
    body: {
      customer_id: '550e8400-e29b-41d4-a716-446655440001',
      product_id: LAMP,
      quantity: 1,
      total_amount: 149.99,
      payment_method: 'declined_card',
    },
    ends: 'cancelled',
  },
  {
    title: 'There is no such product: the payment is refunded, and the order cancelled',
    body: {
      customer_id: '550e8400-e29b-41d4-a716-446655440002',
      product_id: '99999999-9999-9999-9999-999999999999',
      quantity: 1,
      total_amount: 199.99,
      payment_method: 'accepted_card',
    },
    ends: 'cancelled',
  },
]
