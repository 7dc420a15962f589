/** What customers send, as the example's README shows it. */
export const REQUESTS = {
  successful: `{
    "customer_id": "550e8400-e29b-41d4-a716-446655440000",
    "product_id": "11111111-1111-1111-1111-111111111111",
    "quantity": 2,
    "total_amount": 99.99
  }`,
  paymentFailure: `{
    "customer_id": "550e8400-e29b-41d4-a716-446655440001",
    "product_id": "11111111-1111-1111-1111-111111111111",
    "quantity": 1,
    "total_amount": 149.99
  }`,
  inventoryFailure: `{
    "customer_id": "550e8400-e29b-41d4-a716-446655440002",
    "product_id": "99999999-9999-9999-9999-999999999999",
    "quantity": 1,
    "total_amount": 199.99
  }`,
} as const
