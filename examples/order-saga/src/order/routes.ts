import type { Embedded } from 'assent'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import { endedSagas } from './ended-sagas.ts'
import { getOrder, getTransaction, listOrders } from './find-orders.ts'
import { placeOrder } from './place-order.ts'
import { showSaga } from './show-saga.ts'

type OfId = { Params: { id: string } }

/** A thousand ids. */
const ENDED_BODY_MAX_BYTES = 128 * 1024

/** What customers may ask, and what the other services do. `assent` throws as long as the coordinator is not there. */
export function addRoutes(server: FastifyInstance, pool: Pool, assent: () => Embedded): void {
  server.post('/orders', (request) => placeOrder(assent(), request))
  server.get('/orders', (request) => listOrders(pool, request.query))
  server.get<OfId>('/orders/:id', ({ params }) => getOrder(pool, assent(), params.id.toLowerCase()))
  server.get<OfId>('/sagas/:id', async ({ params }) => showSaga(await getTransaction(assent(), params.id)))
  server.post('/api/tx/ended', { bodyLimit: ENDED_BODY_MAX_BYTES }, ({ body }) => endedSagas(assent(), body))
}
