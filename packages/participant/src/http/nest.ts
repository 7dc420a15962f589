import type { ServerResponse } from 'node:http'
import { type ExpressRequest, expressHandler } from './express.ts'
import type { HandlerOptions } from './received.ts'
import type { Service } from './service.ts'

export type NestMiddleware = (
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Serves a branch, or a handler of many, as middleware of NestJS, on Express and on Fastify. On Express its body parser
 * runs before, and its limit must let calls through: `app.useBodyParser('json', { limit: CALL_BODY_MAX_BYTES })`.
 *
 *     export class OrdersModule implements NestModule {
 *       configure(consumer: MiddlewareConsumer) {
 *         consumer.apply(nestMiddleware(assent.handler)).forRoutes('assent/*path')
 *       }
 *     }
 */
export function nestMiddleware<Database>(
  service: Service<Database>,
  options: HandlerOptions = {},
): NestMiddleware {
  const handle = expressHandler(service, options)
  return (request, response, next) => {
    handle(request, response).catch(next)
  }
}
