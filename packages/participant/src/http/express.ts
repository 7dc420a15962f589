import type { IncomingMessage, ServerResponse } from 'node:http'
import { readNode, send } from './node-handler.ts'
import type { HandlerOptions } from './received.ts'
import { receiver, type Service } from './service.ts'

/** What of a request of Express is used. */
export interface ExpressRequest extends IncomingMessage {
  /** The path before routers took their part off it. */
  originalUrl?: string
  body?: unknown
  rawBody?: unknown
}

export type ExpressHandler = (request: ExpressRequest, response: ServerResponse) => Promise<void>

/**
 * Serves a branch, or a handler of many, in Express, before `express.json()` or behind it. Behind it, its
 * `limit` must let calls through.
 *
 *     app.use('/assent', expressHandler(assent.handler))
 *     app.post('/withdraw', expressHandler({ barrier, operations: { action: withdraw, compensate: refund } }))
 */
export function expressHandler<Database>(
  service: Service<Database>,
  options: HandlerOptions = {},
): ExpressHandler {
  const receive = receiver(service, options)
  return async (request, response) => {
    const { originalUrl: target = request.url ?? '/', body, rawBody } = request
    const received = await readNode(request, response, { target, body, rawBody })
    if (received !== undefined) send(response, await receive(received), received.body === undefined)
  }
}
