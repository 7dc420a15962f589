import { type Embedded, isAssentError, type TransactionView } from 'assent'
import type { Pool } from 'pg'
import { z } from 'zod'
import { Id, OrderData, problemsOf } from '../messages/payloads.ts'
import { isDatabaseAway } from '../service/database.ts'
import { HttpError } from '../service/http.ts'
import { findOrder, findOrders, ORDER_STATUSES, type Order } from './orders.ts'

const LIMIT_DEFAULT = 20
const LIMIT_MAX = 100
const UNREADABLE = { status: 503, error: 'this can not be read now; ask again' }

/** An order as it is shown. One that the saga has not come to yet is `started`. */
type OrderShown = Omit<Order, 'id' | 'status'> & {
  order_id: string
  saga_id: string
  status: Order['status'] | 'started'
}

export async function getOrder(pool: Pool, assent: Embedded, id: string): Promise<OrderShown> {
  if (!Id.safeParse(id).success) throw new HttpError({ status: 404, error: `no order is ${id}` })
  const order = await answered(findOrder(pool, id))
  return order === undefined ? orderOfSaga(await getTransaction(assent, id)) : shown(order)
}

/** It may be undone without ever having come to the orders. */
function orderOfSaga({ gid, status, payload, createdAt, updatedAt }: TransactionView): OrderShown {
  const { order_id: _, ...data } = OrderData.parse(payload)
  return {
    order_id: gid,
    saga_id: gid,
    ...data,
    status: status === 'ABORTED' ? 'cancelled' : 'started',
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
  }
}

const Query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  status: z.enum(ORDER_STATUSES).optional(),
  cursor: z.string().optional(),
})
const Cursor = z.object({ at: z.iso.datetime({ offset: true }), id: Id })

/** Newest first, a page at a time; `next_cursor` leads on, and is absent on the last one. */
export async function listOrders(
  pool: Pool,
  query: unknown,
): Promise<{ orders: OrderShown[]; next_cursor?: string }> {
  const { data, error } = Query.safeParse(query)
  if (error !== undefined)
    throw new HttpError({ status: 400, error: 'invalid query', details: problemsOf(error) })
  const { limit, status, cursor } = data
  const before = cursor === undefined ? undefined : placeOf(cursor)
  const found = await answered(findOrders(pool, { status, before, limit: limit + 1 }))
  const orders = found.slice(0, limit)
  const last = orders.at(-1)
  if (found.length <= limit || last === undefined) return { orders: orders.map(shown) }
  const place = JSON.stringify({ at: last.created_at, id: last.id })
  return { orders: orders.map(shown), next_cursor: Buffer.from(place).toString('base64url') }
}

function placeOf(cursor: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch (cause) {
    const problem = 'is none that a list has answered'
    throw new HttpError(
      { status: 400, error: 'invalid query', details: [{ path: 'cursor', problem }] },
      { cause },
    )
  }
}

function shown({ id, ...order }: Order): OrderShown {
  return { order_id: id, saga_id: id, ...order }
}

async function answered<Found>(question: Promise<Found>): Promise<Found> {
  try {
    return await question
  } catch (cause) {
    throw isDatabaseAway(cause) ? new HttpError(UNREADABLE, { cause }) : cause
  }
}

/** Throws 404 where there is none, and 503 where nobody can say. */
export async function getTransaction(assent: Embedded, id: string): Promise<TransactionView> {
  try {
    return await assent.transactions.get({ gid: id.toLowerCase() })
  } catch (thrown) {
    if (!isAssentError(thrown)) throw thrown
    if (thrown.code === 'TRANSACTION_NOT_FOUND') {
      throw new HttpError({ status: 404, error: `nothing is known of ${id}` }, { cause: thrown })
    }
    if (thrown.code !== 'STORE_UNAVAILABLE') throw thrown
    throw new HttpError(UNREADABLE, { cause: thrown })
  }
}
