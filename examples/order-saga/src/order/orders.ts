import { Refused } from 'assent/participant'
import type { ClientBase } from 'pg'
import { announce } from '../messages/events.ts'
import type { OrderData } from '../messages/payloads.ts'

export const ORDER_STATUSES = ['created', 'approved', 'cancelled'] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

/** A row of `orders`, as the database says it in JSON. */
export type Order = {
  id: string
  customer_id: string
  product_id: string
  quantity: number
  total_amount: number
  status: OrderStatus
  created_at: string
  updated_at: string
}

export async function createOrder(client: ClientBase, order: OrderData): Promise<Order> {
  const created = await one(
    client,
    `INSERT INTO orders (id, customer_id, product_id, quantity, total_amount, status)
     VALUES ($1, $2, $3, $4, $5, 'created') ON CONFLICT DO NOTHING RETURNING row_to_json(orders) AS "order"`,
    [order.order_id, order.customer_id, order.product_id, order.quantity, String(order.total_amount)],
  )
  if (created === undefined) throw new Refused('ORDER_EXISTS', 'Order exists already')
  await announce(client, 'OrderCreated', created.id, created)
  return created
}

export async function approveOrder(client: ClientBase, orderId: string): Promise<Order> {
  const approved = await turn(client, orderId, 'approved')
  if (approved === undefined) throw new Refused('ORDER_NOT_OPEN', 'Order is not open')
  await announce(client, 'OrderApproved', orderId, approved)
  return approved
}

/** Undoes createOrder, so it can't be refused: an order that was approved meanwhile is a fault, for a person to look at. */
export async function cancelOrder(client: ClientBase, orderId: string): Promise<Order> {
  const cancelled = await turn(client, orderId, 'cancelled')
  if (cancelled === undefined) throw new Error(`order ${orderId} is not open, so it can not be cancelled`)
  await announce(client, 'OrderCancelled', orderId, cancelled)
  return cancelled
}

export async function findOrder(
  client: Pick<ClientBase, 'query'>,
  orderId: string,
): Promise<Order | undefined> {
  return one(client, 'SELECT row_to_json(orders) AS "order" FROM orders WHERE id = $1', [orderId])
}

/** Newest first; those that come behind `before` in that order. */
export async function findOrders(
  client: Pick<ClientBase, 'query'>,
  { status, before, limit }: { status?: OrderStatus; before?: { at: string; id: string }; limit: number },
): Promise<Order[]> {
  const { rows } = await client.query<{ order: Order }>(
    `SELECT row_to_json(orders) AS "order" FROM orders
     WHERE ($1::text IS NULL OR status = $1) AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
     ORDER BY created_at DESC, id DESC LIMIT $4`,
    [status ?? null, before?.at ?? null, before?.id ?? null, limit],
  )
  return rows.map(({ order }) => order)
}

/** An order leaves `created` once. */
function turn(client: ClientBase, orderId: string, status: OrderStatus): Promise<Order | undefined> {
  return one(
    client,
    `UPDATE orders SET status = $2, updated_at = now() WHERE id = $1 AND status = 'created'
     RETURNING row_to_json(orders) AS "order"`,
    [orderId, status],
  )
}

async function one(
  client: Pick<ClientBase, 'query'>,
  sql: string,
  values: readonly unknown[],
): Promise<Order | undefined> {
  const { rows } = await client.query<{ order: Order }>(sql, [...values])
  return rows[0]?.order
}
