import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerCall, CALL_BODY_MAX_BYTES, type Participant } from './answer-call.ts'
import { type Reply, tooLarge } from './reply.ts'

/**
 * Serves a branch in `node:http`, and in what is built on it (Express, Fastify's raw request). The body must
 * not have been read.
 *
 *     createServer(nodeHandler({ barrier, operations: { action: withdraw, compensate: refund } }))
 */
export function nodeHandler<Database>(
  participant: Participant<Database>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    let body: string | undefined
    try {
      body = await readBody(request)
    } catch {
      // The caller went away before the call was whole: nothing happened, and nobody is left to be told.
      response.destroy()
      return
    }
    if (body === undefined) return send(response, tooLarge(CALL_BODY_MAX_BYTES), true)
    send(response, await answerCall(participant, (name) => headerOf(request, name), body), false)
  }
}

/** Undefined for a body over the limit, of which no more is kept. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Destroyed, the request would take the connection with it, and with that the answer.
  const unread = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  for await (const chunk of unread) {
    bytes += chunk.byteLength
    if (bytes > CALL_BODY_MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

function send(response: ServerResponse, { status, headers, body }: Reply, close: boolean): void {
  if (close) response.shouldKeepAlive = false
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}
