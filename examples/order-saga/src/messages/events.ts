import { type Json, outbox } from 'assent/participant'
import type { ClientBase } from 'pg'

export type EventType =
  | 'OrderCreated'
  | 'OrderApproved'
  | 'OrderCancelled'
  | 'PaymentProcessed'
  | 'PaymentRefunded'
  | 'InventoryReserved'
  | 'InventoryReleased'

export const OUTBOX_TABLE = 'outbox_events'
const events = outbox('postgres', { table: OUTBOX_TABLE })

/** Tells the world what has happened to an order, if and only if the database transaction commits. */
export async function announce(
  client: ClientBase,
  eventType: EventType,
  orderId: string,
  eventData: Json,
): Promise<void> {
  await events.add(client, { aggregateId: orderId, eventType, eventData })
}
