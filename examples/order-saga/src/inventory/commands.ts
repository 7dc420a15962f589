import type { Commands } from 'assent/participant'
import type { PoolClient } from 'pg'
import { InventoryData, payloadOf } from '../messages/payloads.ts'
import { release, reserve } from './stock.ts'

/** What the inventory service does for each command. */
export const INVENTORY_COMMANDS = {
  ReserveInventory: ({ database, payload }) => reserve(database, payloadOf(InventoryData, payload)),
  CompensateInventory: ({ database, payload }) =>
    release(database, payloadOf(InventoryData, payload).order_id),
} satisfies Commands<PoolClient>
