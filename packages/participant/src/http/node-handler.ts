import type { IncomingMessage, ServerResponse } from 'node:http'
import { nodeBody, type ParsedBody } from './node-body.ts'
import type { HandlerOptions, Received } from './received.ts'
import type { Reply } from './reply.ts'
import { receiver, type Service } from './service.ts'

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * Serves a branch, or a handler of many, in `node:http`.
 *
 *     createServer(nodeHandler({ barrier, operations: { action: withdraw, compensate: refund } }))
 */
export function nodeHandler<Database>(service: Service<Database>, options: HandlerOptions = {}): NodeHandler {
  const receive = receiver(service, options)
  return async (request, response) => {
    const received = await readNode(request, response, { target: request.url ?? '/' })
    if (received !== undefined) send(response, await receive(received), received.body === undefined)
  }
}

/**
 * Reads a call, whatever of it a framework has read before; `target` is its path as it was sent. Undefined when the
 * caller went away before the call was whole: nothing happened, and nobody is left to be told.
 */
export async function readNode(
  request: IncomingMessage,
  response: ServerResponse,
  { target, ...parsed }: { target: string } & ParsedBody,
): Promise<Received | undefined> {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the caller went away'))
  })
  try {
    const body = await nodeBody(request, parsed)
    return {
      method: request.method ?? 'POST',
      target,
      header: (name) => headerOf(request, name),
      headerNames: Object.keys(request.headers),
      body,
      signal: gone.signal,
    }
  } catch {
    response.destroy()
    return undefined
  }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** `close` ends the connection, on which the rest of an over-long body would come. */
export function send(response: ServerResponse, { status, headers, body }: Reply, close: boolean): void {
  if (close) response.shouldKeepAlive = false
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}
