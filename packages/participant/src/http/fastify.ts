import type { IncomingMessage, ServerResponse } from 'node:http'
import { readNode } from './node-handler.ts'
import type { HandlerOptions } from './received.ts'
import { receiver, type Service } from './service.ts'

/** What of a request of Fastify is used. */
export interface FastifyRequest {
  raw: IncomingMessage
  /** The path before `rewriteUrl` changed it. */
  originalUrl?: string
  body?: unknown
  /** Of the plugin `fastify-raw-body`. */
  rawBody?: unknown
}

export interface FastifyReply {
  raw: ServerResponse
  code(status: number): unknown
  headers(headers: Record<string, string>): unknown
  send(body: string): unknown
}

export type FastifyHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * Serves a branch, or a handler of many, in Fastify, whatever parser has read the body. The route's `bodyLimit`
 * must let calls through.
 *
 *     app.post('/assent/*', { bodyLimit: CALL_BODY_MAX_BYTES }, fastifyHandler(assent.handler))
 */
export function fastifyHandler<Database>(
  service: Service<Database>,
  options: HandlerOptions = {},
): FastifyHandler {
  const receive = receiver(service, options)
  return async (request, reply) => {
    const { raw, originalUrl: target = raw.url ?? '/', body, rawBody } = request
    const received = await readNode(raw, reply.raw, { target, body, rawBody })
    if (received === undefined) return reply
    const answer = await receive(received)
    reply.code(answer.status)
    // A result is JSON already, and a framework that knows no better would call it text.
    reply.headers(answer.headers)
    return reply.send(answer.body)
  }
}
