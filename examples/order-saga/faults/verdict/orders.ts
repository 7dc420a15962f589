import type { Evidence, OrderRow } from '../evidence/evidence.ts'

/** What each end of an order calls for in its saga. */
const SAGA_OF: Readonly<Record<string, string>> = { approved: 'Completed', cancelled: 'Compensated' }

/** Every order that was accepted is kept, and has come to one end, which nobody was ever told otherwise. */
export function ordersWithoutEnd({ told, orders, sagas }: Evidence): string[] {
  const byId = new Map(orders.map((order) => [order.id, order]))
  const sagaOf = new Map(sagas.map((saga) => [saga.orderId, saga]))
  // An order that was undone without ever having come to the orders is in no table.
  const statusOf = (orderId: string): string | undefined =>
    byId.get(orderId)?.status ?? (sagaOf.get(orderId)?.status === 'Compensated' ? 'cancelled' : undefined)
  return [
    ...told
      .filter(({ orderId }) => statusOf(orderId) === undefined || !sagaOf.has(orderId))
      .map(({ orderId }) => `order ${orderId} was accepted and is missing`),
    ...orders.flatMap((order) => unended(order, sagaOf.get(order.id)?.status)),
    ...sagas
      .filter(({ status }) => !Object.values(SAGA_OF).includes(status))
      .map(({ id, status }) => `saga ${id} has not ended: ${status}`),
    ...told.flatMap(({ orderId, ends }) => turnedRound(orderId, ends, statusOf(orderId))),
  ]
}

function unended({ id, status }: OrderRow, saga: string | undefined): string[] {
  const expected = SAGA_OF[status]
  if (expected === undefined) return [`order ${id} has not ended: ${status}`]
  return saga === expected ? [] : [`order ${id} is ${status}, and its saga ${saga ?? 'is missing'}`]
}

function turnedRound(orderId: string, ends: readonly string[], status: string | undefined): string[] {
  return [...new Set(ends)]
    .filter((end) => end !== status)
    .map((end) => `order ${orderId} was said to be ${end}, and is ${status ?? 'missing'}`)
}
