import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { declines } from './declines.ts'

const ORDERS = 5_000
const payment = (order_id: string, payment_method: 'credit_card' | 'declined_card' | 'accepted_card') => ({
  order_id,
  payment_method,
  amount: 99.99,
})

it('a credit card is declined as often as it is told', () => {
  const orders = Array.from({ length: ORDERS }, (_, number) => `order ${number}`)
  const declined = orders.filter((id) => declines(payment(id, 'credit_card'), 0.2))
  expect(declined.length / ORDERS).toBeCloseTo(0.2, 1)
})

it('one order is always answered alike', () => {
  for (const id of [randomUUID(), randomUUID(), randomUUID()]) {
    const answers = Array.from({ length: 10 }, () => declines(payment(id, 'credit_card'), 0.5))
    expect(new Set(answers).size).toBe(1)
  }
})

it('a rate of 0 declines nobody, and one of 1 everybody', () => {
  const ids = Array.from({ length: 100 }, () => randomUUID())
  expect(ids.some((id) => declines(payment(id, 'credit_card'), 0))).toBe(false)
  expect(ids.every((id) => declines(payment(id, 'credit_card'), 1))).toBe(true)
})

it('the cards for tests are declined always or never, whatever the rate', () => {
  const id = randomUUID()
  expect(declines(payment(id, 'declined_card'), 0)).toBe(true)
  expect(declines(payment(id, 'accepted_card'), 1)).toBe(false)
})
