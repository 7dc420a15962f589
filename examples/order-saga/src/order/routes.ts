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

/** What customers may ask, and what the other services do. The coordinator is there when the first of them asks. */
export function addRoutes(routes: FastifyInstance, pool: Pool, assent: () => Embedded): void {
  routes.post('/orders', (request) => placeOrder(assent(), request))
  routes.get('/orders', (request) => listOrders(pool, request.query))
  routes.get<OfId>('/orders/:id', ({ params }) => getOrder(pool, assent(), params.id.toLowerCase()))
  routes.get<OfId>('/sagas/:id', async ({ params }) => showSaga(await getTransaction(assent(), params.id)))
  routes.post('/api/tx/ended', { bodyLimit: ENDED_BODY_MAX_BYTES }, ({ body }) => endedSagas(assent(), body))
}
