import cors from '@fastify/cors'
import fastify, { type FastifyInstance } from 'fastify'
import { reasonOf } from './patiently.ts'

const BODY_MAX_BYTES = 16 * 1024
/** What others are asked for whether they are there, they answer by then, or are not. */
const HEALTH_MAX_MS = 3_000
/** A request that has not ended by then is cut, so that what is behind the server still closes in order. */
const DRAIN_MAX_MS = 5_000
const IDLE_CHECK_MS = 50

export interface HttpErrorBody {
  error: string
  details?: readonly { path: string; problem: string }[]
  /** Of an order of which nobody knows yet whether it was kept. */
  order_id?: string
}

/** An answer that is no success: what is wrong, and where. */
export class HttpError extends Error {
  readonly status: number
  readonly body: HttpErrorBody

  constructor({ status, ...body }: HttpErrorBody & { status: number }, options?: ErrorOptions) {
    super(body.error, options)
    this.status = status
    this.body = body
  }
}

/** A server that any page may ask, with `/health`: `OK`, or 503 with the names of those that are away. */
export async function createServer(
  systems: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: BODY_MAX_BYTES,
    forceCloseConnections: 'idle',
    // One that comes in on an open connection while the others end is answered as they are.
    return503OnClosing: false,
  })
  await server.register(cors)
  // What is no JSON is told so.
  server.removeContentTypeParser('text/plain')
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `nothing is at ${request.method} ${request.url}` }),
  )
  server.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    if (error instanceof HttpError) return reply.code(error.status).send(error.body)
    const { statusCode = 500 } = error
    if (statusCode < 500) {
      return reply
        .code(statusCode)
        .send({ error: 'the request can not be read', details: [{ path: '', problem: error.message }] })
    }
    console.error(error)
    return reply.code(500).send({ error: 'something went wrong here; it may be asked again' })
  })
  server.get('/health', async (_, reply) => {
    const asked = Object.entries(systems).map(([name, ask]) => awayOf(name, ask))
    const away = (await Promise.all(asked)).filter((name) => name !== undefined)
    if (away.length === 0) return reply.type('text/plain').send('OK')
    return reply.code(503).send({ error: `away: ${away.map(({ name }) => name).join(', ')}`, away })
  })
  return server
}

async function awayOf(
  name: string,
  ask: () => Promise<unknown>,
): Promise<{ name: string; reason: string } | undefined> {
  const late = AbortSignal.timeout(HEALTH_MAX_MS)
  try {
    await Promise.race([ask(), new Promise((_, reject) => late.addEventListener('abort', reject))])
    return undefined
  } catch (error) {
    return { name, reason: late.aborted ? `no answer within ${HEALTH_MAX_MS} ms` : reasonOf(error) }
  }
}

/** Resolves with where it listens. */
export function listen(
  server: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  return server.listen({ host, port })
}

/** Takes no more requests, and ends those that are under way. */
export async function closeServer(server: FastifyInstance): Promise<void> {
  const { server: connections } = server
  // A connection that has just been answered would be kept for a next request.
  const letGo = setInterval(() => connections.closeIdleConnections(), IDLE_CHECK_MS)
  const cut = setTimeout(() => connections.closeAllConnections(), DRAIN_MAX_MS)
  try {
    await server.close()
  } finally {
    clearInterval(letGo)
    clearTimeout(cut)
  }
}
