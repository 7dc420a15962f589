import { ERRORS, type ErrorCode } from '@assent/contract'
import { closed, shared } from '@assent/contract/schemas'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import Type from 'typebox'
import { COMPRESSION_THRESHOLD_BYTES } from './limits.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    malformed?: ((problem: string) => unknown) | undefined
  }
}

/** One answer that a route gives when all is well. */
export interface Answer {
  description: string
  schema?: TSchema
  /** When it is no JSON. */
  contentType?: string
}

/** A request whose parts have passed their schemas. */
export type Request<Body extends TSchema, Query extends TSchema, Params extends TSchema> = FastifyRequest<{
  Body: Static<Body>
  Querystring: Static<Query>
  Params: Static<Params>
}>

/** A route, described once: what it takes, what it answers, and what it does. */
export interface Route<Body extends TSchema, Query extends TSchema, Params extends TSchema> {
  method: 'GET' | 'POST'
  /** With parameters as `:gid`. */
  path: string
  /** The heading under which it is published. */
  tag: 'transactions' | 'branches' | 'operators' | 'server'
  summary: string
  description?: string
  body?: Body
  query?: Query
  params?: Params
  /** By status. */
  answers: Readonly<Record<number, Answer>>
  /** What it refuses with, beside what every route does. */
  errors?: readonly ErrorCode[]
  /** Its answers may be long enough to be compressed. */
  long?: boolean
  /** Streams, which have neither a HEAD nor an end that could be counted. */
  streams?: boolean
  /** What is answered, with 200, to a body that is no JSON, where 400 would not do. */
  malformed?(problem: string): unknown
  handle(request: Request<Body, Query, Params>, reply: FastifyReply): unknown
}

/** What every route may refuse with. */
const ALWAYS: readonly ErrorCode[] = ['INVALID_REQUEST', 'INTERNAL', 'STORE_UNAVAILABLE']
const WITH_BODY: readonly ErrorCode[] = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']

const NO_FIELDS = Type.Object({}, closed)
const ERROR = shared('Error')

/** Enters a route into a door. */
export type Register = <Body extends TSchema, Query extends TSchema, Params extends TSchema>(
  route: Route<Body, Query, Params>,
) => void

export function registrar(
  fastify: FastifyInstance,
  answered: (route: string, status: number) => void,
): Register {
  return (route) => {
    const { method, path, handle } = route
    fastify.route({
      method,
      url: path,
      schema: schemaOf(route as unknown as Route<TSchema, TSchema, TSchema>),
      exposeHeadRoute: method === 'GET' && route.streams !== true,
      compress: route.long === true ? { threshold: COMPRESSION_THRESHOLD_BYTES } : false,
      config: { malformed: route.malformed },
      handler: async (request, reply) => {
        const answer = await handle(request as Parameters<typeof handle>[0], reply)
        answered(path, reply.statusCode)
        return answer
      },
    })
  }
}

function schemaOf(route: Route<TSchema, TSchema, TSchema>) {
  const codes = [...ALWAYS, ...(route.body === undefined ? [] : WITH_BODY), ...(route.errors ?? [])]
  const response: Record<string, object> = {}
  for (const [status, answer] of Object.entries(route.answers)) response[status] = responseOf(answer)
  for (const [status, some] of Object.entries(Object.groupBy(codes, (code) => ERRORS[code].http))) {
    response[status] = {
      description: (some ?? []).map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join('\n\n'),
      content: { 'application/json': { schema: ERROR } },
    }
  }
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.body === undefined ? {} : { body: route.body }),
    querystring: route.query ?? NO_FIELDS,
    ...(route.params === undefined ? {} : { params: route.params }),
    response,
  }
}

function responseOf({ description, schema, contentType }: Answer): object {
  if (schema === undefined && contentType === undefined) return { description, type: 'null' }
  return {
    description,
    content: { [contentType ?? 'application/json']: { schema: schema ?? { type: 'string' } } },
  }
}
