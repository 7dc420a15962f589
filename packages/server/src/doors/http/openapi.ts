import { SHARED_SCHEMAS } from '@assent/contract/schemas'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { ACTOR_HEADER } from './actor.ts'
import { COMPRESSION_THRESHOLD_BYTES } from './limits.ts'

const DESCRIPTION = `Distributed transactions for services that each keep their own data: every service assents, or nothing happens.

Times are epoch milliseconds unless a name says otherwise. A repeat of what was accepted answers 200 with the present status; a 503 or no answer at all means *unknown*: repeat with the same gid. Errors have one shape everywhere, and \`help\` leads to what a code means. The header \`${ACTOR_HEADER}\` names who asks, for the audit and the history.

A payload is any JSON that can be kept exactly: a whole number beyond ±(2⁵³ − 1) is refused and belongs in a string; so are the keys \`__proto__\` and \`constructor.prototype\`.`

/** Publishes the routes that are registered after it: /openapi.json for programs, /docs for people. */
export async function publish(fastify: FastifyInstance, version: string): Promise<void> {
  for (const schema of SHARED_SCHEMAS) fastify.addSchema(schema)
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Assent', version, description: DESCRIPTION, license: { name: 'MIT' } },
      tags: [
        { name: 'transactions', description: 'What an application does with a transaction' },
        { name: 'branches', description: 'What it does with the branches of an open one' },
        { name: 'operators', description: 'What an operator does with one that waits' },
        { name: 'server', description: 'What a server says of itself' },
      ],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`),
    },
  })
  await fastify.register(swaggerUi, { routePrefix: '/docs' })
  let document: string | undefined
  fastify.get(
    '/openapi.json',
    { schema: { hide: true }, compress: { threshold: COMPRESSION_THRESHOLD_BYTES } },
    (_request, reply) => {
      document ??= JSON.stringify(fastify.swagger())
      reply.type('application/json; charset=utf-8').send(document)
    },
  )
}
