import { createHash } from 'node:crypto'
import { type Embedded, isAssentError } from 'assent'
import type { FastifyRequest } from 'fastify'
import { problemsOf } from '../messages/payloads.ts'
import { HttpError } from '../service/http.ts'
import { order } from './definition.ts'
import { NewOrder } from './new-order.ts'

const Body = NewOrder.omit({ order_id: true }).strict()
const KEY_MAX_LENGTH = 255

/** What whoever orders is answered as soon as the order is kept; the rest happens behind. */
export interface Placed {
  order_id: string
  /** The same: an order is made by one saga, and whoever knows the one finds the other. */
  saga_id: string
  status: 'started'
  message: string
}

/**
 * Starts the saga of an order. With an `Idempotency-Key` the same order may be sent again, and stays one: its id is made
 * of the customer and the key.
 */
export async function placeOrder(assent: Embedded, request: FastifyRequest): Promise<Placed> {
  const { data, error } = Body.safeParse(request.body)
  if (error !== undefined)
    throw new HttpError({ status: 400, error: 'invalid order', details: problemsOf(error) })
  const key = keyOf(request)
  const id = key === undefined ? assent.transactions.newGid() : uuidOf(`${data.customer_id} ${key}`)
  try {
    await assent.start(order, { ...data, order_id: id }, { gid: id })
  } catch (thrown) {
    throw refusalOf(thrown, id)
  }
  const message = 'Order saga transaction has been initiated'
  return { order_id: id, saga_id: id, status: 'started', message }
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && key !== '' && key.length <= KEY_MAX_LENGTH) return key
  const problem = `must have 1 to ${KEY_MAX_LENGTH} characters`
  throw new HttpError({
    status: 400,
    error: 'invalid order',
    details: [{ path: 'idempotency-key', problem }],
  })
}

/** The same for the same text: a UUID of version 8, of which all but version and variant is a hash. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function refusalOf(thrown: unknown, order_id: string): unknown {
  if (!isAssentError(thrown)) return thrown
  const options = { cause: thrown }
  if (thrown.code === 'CONFLICT') {
    return new HttpError({ status: 409, error: 'this Idempotency-Key is that of another order' }, options)
  }
  if (thrown.code !== 'STORE_UNAVAILABLE') return thrown
  const error =
    'orders can not be kept now, and nobody knows whether this one was: send it again with the same Idempotency-Key, or look for its id later'
  return new HttpError({ status: 503, error, order_id }, options)
}
