import type { Evidence, OrderRow, PaymentRow } from '../evidence/evidence.ts'

/** An approved order is charged once, with its exact amount; a cancelled one not at all, or refunded once. */
export function moneyAstray({ orders, payments, events }: Evidence): string[] {
  const paid = Map.groupBy(payments, ({ orderId }) => orderId)
  const known = new Set(orders.map(({ id }) => id))
  const times = new Map<string, number>()
  for (const { orderId, type } of events) {
    times.set(`${type} ${orderId}`, (times.get(`${type} ${orderId}`) ?? 0) + 1)
  }
  const told = (type: string, orderId: string): number => times.get(`${type} ${orderId}`) ?? 0
  return [
    ...orders.flatMap((order) => wronglyPaid(order, paid.get(order.id) ?? [])),
    ...payments
      .filter(({ orderId }) => !known.has(orderId))
      .map(({ orderId }) => `order ${orderId} was charged and is missing`),
    // The event stands in the same database transaction as what it tells, so it counts how often that was done.
    ...orders.flatMap(({ id }) => [
      ...timesDone('charged', id, told('PaymentProcessed', id), paid.get(id)?.length ?? 0),
      ...timesDone('refunded', id, told('PaymentRefunded', id), refunds(paid.get(id) ?? [])),
    ]),
  ]
}

function wronglyPaid({ id, status, amount }: OrderRow, payments: readonly PaymentRow[]): string[] {
  const kept = payments.filter((payment) => payment.status === 'processed')
  const wrongAmounts = payments
    .filter((payment) => payment.amount !== amount)
    .map((payment) => `order ${id} of ${amount} was charged ${payment.amount}`)
  if (payments.length > 1) return [`order ${id} was charged ${payments.length} times`, ...wrongAmounts]
  if (status === 'approved' && kept.length === 0) return [`order ${id} is approved and not paid for`]
  if (status === 'cancelled' && kept.length > 0) return [`order ${id} is cancelled and was not refunded`]
  return wrongAmounts
}

function refunds(payments: readonly PaymentRow[]): number {
  return payments.filter(({ status }) => status === 'refunded').length
}

function timesDone(what: string, orderId: string, done: number, kept: number): string[] {
  return done === kept ? [] : [`order ${orderId} was ${what} ${done} times, and ${kept} are kept`]
}
