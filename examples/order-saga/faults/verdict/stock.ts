import type { Evidence, StockRow } from '../evidence/evidence.ts'

/** What is reserved is what approved orders ask for, and with what is available it is what was there. */
export function stockAstray({ orders, stock, reservations, events }: Evidence): string[] {
  const held = reservations.filter(({ status }) => status === 'reserved')
  const heldBy = Map.groupBy(held, ({ orderId }) => orderId)
  const approved = orders.filter(({ status }) => status === 'approved')
  const approvedIds = new Set(approved.map(({ id }) => id))
  return [
    ...stock.flatMap((product) => unbalanced(product, sum(held, product), sum(approved, product))),
    ...approved.flatMap(({ id, quantity }) => {
      const all = (heldBy.get(id) ?? []).reduce((total, each) => total + each.quantity, 0)
      return all === quantity ? [] : [`approved order ${id} of ${quantity} has ${all} reserved`]
    }),
    ...held
      .filter(({ orderId }) => !approvedIds.has(orderId))
      .map(({ orderId, quantity }) => `order ${orderId} is not approved and holds ${quantity}`),
    ...doneTooOften(events),
  ]
}

function unbalanced(product: StockRow, held: number, approved: number): string[] {
  const { productId, seeded, available, reserved } = product
  return [
    ...(available < 0 || reserved < 0 ? [`${productId} is oversold: ${available} are available`] : []),
    ...(available + reserved === seeded
      ? []
      : [`of ${seeded} of ${productId} there are ${available} available and ${reserved} reserved`]),
    ...(reserved === held ? [] : [`${reserved} of ${productId} are reserved, by reservations ${held}`]),
    ...(reserved === approved
      ? []
      : [`${reserved} of ${productId} are reserved, by approved orders ${approved}`]),
  ]
}

function sum(all: readonly { productId: string; quantity: number }[], { productId }: StockRow): number {
  return all
    .filter((each) => each.productId === productId)
    .reduce((total, { quantity }) => total + quantity, 0)
}

/** The event stands in the same database transaction as what it tells, so it counts how often that was done. */
function doneTooOften(events: Evidence['events']): string[] {
  const told = events.filter(({ type }) => type === 'InventoryReserved' || type === 'InventoryReleased')
  return [...Map.groupBy(told, ({ type, orderId }) => `${type} ${orderId}`)]
    .filter(([, { length }]) => length > 1)
    .map(([what, { length }]) => `${what} was done ${length} times`)
}
