/** Fastify routes that check what Assent checks and keep nothing. The argument is the URL of a server to ask. */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { fastify as createFastify } from 'fastify'
import { Agent, type Dispatcher } from 'undici'
import { publishedSchemas } from './published-schemas.ts'

interface Transaction {
  branches: { action?: string; payload?: unknown }[]
}

/** As Assent calls: so many connections to one origin, one request at a time on each, one pool for all. */
const CONNECTIONS = 128
const agent = new Agent({ connections: CONNECTIONS, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
const JSON_HEADERS = ['content-type', 'application/json']

class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: unknown) => void
  readonly #reject: (error: Error) => void
  readonly #chunks: Buffer[] = []
  #status = 0

  constructor(resolve: (answer: unknown) => void, reject: (error: Error) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  /** By this undici knows a handler of its present kind. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString()
    if (this.#status === 200) this.#resolve(JSON.parse(body))
    else this.#reject(new Error(`answered ${this.#status}: ${body}`))
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#reject(error)
  }
}

function call({ action = '', payload }: Transaction['branches'][number]): Promise<unknown> {
  const { origin, pathname } = new URL(action)
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(payload)
    const request = { origin, path: pathname, method: 'POST', headers: JSON_HEADERS, body } as const
    agent.dispatch(request, new Exchange(resolve, reject))
  })
}

const { body, shared } = await publishedSchemas(process.argv[2] ?? '', '/api/tx')
const fastify = createFastify({
  // As Assent checks: a body is taken as it is, and the first thing that is wrong is enough.
  ajv: {
    customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false },
  },
})
for (const schema of shared) fastify.addSchema(schema)

fastify.post('/calls', { schema: { body } }, async (request, reply) => {
  const results = await Promise.all((request.body as Transaction).branches.map(call))
  reply.code(201)
  return { gid: randomUUID(), status: 'COMMITTED', results: { '01': results[0], '02': results[1] } }
})

fastify.post('/answers', { schema: { body } }, async (_request, reply) => {
  reply.code(201)
  return { gid: randomUUID(), status: 'COMMITTED' }
})

await fastify.listen({ host: '127.0.0.1', port: 0 })
process.on('disconnect', () => process.exit())
process.send?.({ port: (fastify.server.address() as AddressInfo).port })
