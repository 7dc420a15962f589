import type { Commands } from 'assent/participant'
import type { PoolClient } from 'pg'
import { OrderData, payloadOf } from '../messages/payloads.ts'
import { approveOrder, cancelOrder, createOrder } from './orders.ts'

/** What the order service does for each command. */
export const ORDER_COMMANDS = {
  CreateOrder: ({ database, payload }) => createOrder(database, payloadOf(OrderData, payload)),
  ApproveOrder: ({ database, payload }) => approveOrder(database, payloadOf(OrderData, payload).order_id),
  CancelOrder: ({ database, payload }) => cancelOrder(database, payloadOf(OrderData, payload).order_id),
} satisfies Commands<PoolClient>
