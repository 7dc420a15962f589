import { Refused } from 'assent/participant'
import type { ClientBase } from 'pg'
import { announce } from '../messages/events.ts'
import type { InventoryData } from '../messages/payloads.ts'

/** Moves items from available to reserved: in one statement, so that nobody comes between look and move. */
export async function reserve(
  client: ClientBase,
  data: InventoryData,
): Promise<{ reserved: true; quantity: number }> {
  const { product_id, order_id, quantity } = data
  const moved = await client.query(
    `UPDATE inventory SET available_quantity = available_quantity - $2, reserved_quantity = reserved_quantity + $2,
       updated_at = now()
     WHERE product_id = $1 AND available_quantity >= $2`,
    [product_id, quantity],
  )
  if (moved.rowCount === 0) throw await whyNot(client, product_id)
  const noted = await client.query(
    `INSERT INTO reservations (product_id, order_id, quantity, status) VALUES ($1, $2, $3, 'reserved')
     ON CONFLICT (order_id) DO NOTHING`,
    [product_id, order_id, quantity],
  )
  if (noted.rowCount === 0) throw new Refused('ALREADY_RESERVED', 'Order has a reservation already')
  await announce(client, 'InventoryReserved', order_id, { order_id, product_id, quantity })
  return { reserved: true, quantity }
}

/** Undoes reserve, so it can't be refused: nothing to release is a fault, for a person to look at. */
export async function release(client: ClientBase, orderId: string): Promise<{ compensated: true }> {
  const { rows } = await client.query<{ product_id: string; quantity: number }>(
    `UPDATE reservations SET status = 'released', updated_at = now() WHERE order_id = $1 AND status = 'reserved'
     RETURNING product_id, quantity`,
    [orderId],
  )
  const [released] = rows
  if (released === undefined) throw new Error(`order ${orderId} has no reservation that could be released`)
  const { product_id, quantity } = released
  await client.query(
    `UPDATE inventory SET available_quantity = available_quantity + $2, reserved_quantity = reserved_quantity - $2,
       updated_at = now()
     WHERE product_id = $1`,
    [product_id, quantity],
  )
  await announce(client, 'InventoryReleased', orderId, { order_id: orderId, product_id, quantity })
  return { compensated: true }
}

async function whyNot(client: ClientBase, productId: string): Promise<Refused> {
  const { rowCount } = await client.query('SELECT FROM inventory WHERE product_id = $1', [productId])
  if (rowCount === 0) return new Refused('PRODUCT_NOT_FOUND', 'Product not found')
  return new Refused('INSUFFICIENT_INVENTORY', 'Insufficient inventory')
}
