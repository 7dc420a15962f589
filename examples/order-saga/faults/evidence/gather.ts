import type { OwnSystem } from '../../test/own-system.ts'
import type { EventRow, Evidence } from './evidence.ts'

/** What the three databases hold. */
export async function rowsOf(
  { query }: Pick<OwnSystem, 'query'>,
  seeded: ReadonlyMap<string, number>,
): Promise<Pick<Evidence, 'orders' | 'sagas' | 'payments' | 'stock' | 'reservations' | 'events'>> {
  const stock = await query<{ productId: string; available: number; reserved: number }>(
    'inventory',
    `SELECT product_id AS "productId", available_quantity AS available, reserved_quantity AS reserved FROM inventory`,
  )
  return {
    orders: await query(
      'orders',
      `SELECT id, product_id AS "productId", quantity, total_amount::text AS amount, status FROM orders`,
    ),
    sagas: await query(
      'orders',
      `SELECT id, id AS "orderId", status, context ->> 'failed_step' AS "failedStep" FROM saga_transactions`,
    ),
    payments: await query(
      'payments',
      'SELECT order_id AS "orderId", amount::text AS amount, status FROM payments',
    ),
    stock: stock.map((product) => ({ ...product, seeded: seeded.get(product.productId) ?? 0 })),
    reservations: await query(
      'inventory',
      'SELECT product_id AS "productId", order_id AS "orderId", quantity, status FROM reservations',
    ),
    events: await eventsOf(query),
  }
}

async function eventsOf(query: OwnSystem['query']): Promise<EventRow[]> {
  const events: EventRow[] = []
  for (const database of ['orders', 'payments', 'inventory'] as const) {
    const rows = await query<EventRow>(
      database,
      `SELECT id, aggregate_id AS "orderId", event_type AS type, processed, position::float8 AS position
       FROM outbox_events`,
    )
    events.push(...rows.map((row) => ({ ...row, database })))
  }
  return events
}
