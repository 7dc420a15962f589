/** The inventory service that looks first and writes then, and nobody stands between: a run must find that stock gets lost. */
import { Refused } from 'assent/participant'
import type { ClientBase } from 'pg'
import { INVENTORY_COMMANDS } from '../../src/inventory/commands.ts'
import { MIGRATIONS } from '../../src/inventory/migrations.ts'
import { announce } from '../../src/messages/events.ts'
import { InventoryData, payloadOf } from '../../src/messages/payloads.ts'
import { COMMANDS } from '../../src/messages/topics.ts'
import { openBroker } from '../../src/service/broker.ts'
import { readEnvironment } from '../../src/service/environment.ts'
import { run } from '../../src/service/run.ts'
import { startService } from '../../src/service/service.ts'

const environment = readEnvironment({ database: 'inventory', port: 3003 })

async function reserve(client: ClientBase, data: InventoryData) {
  const { product_id, order_id, quantity } = data
  const { rows } = await client.query(
    'SELECT available_quantity AS available, reserved_quantity AS reserved FROM inventory WHERE product_id = $1',
    [product_id],
  )
  const [product] = rows
  if (product === undefined) throw new Refused('PRODUCT_NOT_FOUND', 'Product not found')
  if (product.available < quantity) throw new Refused('INSUFFICIENT_INVENTORY', 'Insufficient inventory')
  await client.query(
    'UPDATE inventory SET available_quantity = $2, reserved_quantity = $3 WHERE product_id = $1',
    [product_id, product.available - quantity, product.reserved + quantity],
  )
  await client.query(
    `INSERT INTO reservations (product_id, order_id, quantity, status) VALUES ($1, $2, $3, 'reserved')`,
    [product_id, order_id, quantity],
  )
  await announce(client, 'InventoryReserved', order_id, { order_id, product_id, quantity })
  return { reserved: true, quantity }
}

await run('inventory-service', (signal) =>
  startService(
    {
      name: 'inventory-service',
      topic: COMMANDS.inventory,
      commands: {
        ...INVENTORY_COMMANDS,
        ReserveInventory: ({ database, payload }) => reserve(database, payloadOf(InventoryData, payload)),
      },
      migrations: MIGRATIONS,
    },
    {
      environment,
      broker: openBroker('inventory-service', environment),
      signal,
    },
  ),
)
