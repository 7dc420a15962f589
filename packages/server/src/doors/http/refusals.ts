import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AssentError, invalidRequest, type Problem } from '@assent/contract'
import type { ErrorObject } from 'ajv'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Behind } from '../door.ts'
import { type ErrorAnswer, errorAnswer, INTERNAL, isKnown } from './errors.ts'
import { MalformedBody, tooLarge, unsupportedType } from './json-body.ts'
import type { KnownPaths } from './known-paths.ts'
import { HEADERS_MAX_BYTES, RETRY_AFTER_SECONDS, THOROUGH_MAX_BYTES } from './limits.ts'
import { problemsOf } from './problems.ts'
import { allErrors, type Part } from './validation.ts'

/** Everything that the door refuses, in the one shape that errors have. */

type Told = Pick<Behind, 'log' | 'answered'>

export function answerErrors(fastify: FastifyInstance, paths: KnownPaths, told: Told): void {
  fastify.setErrorHandler((error, request, reply) => refuse(error, request, reply, told))
  fastify.setNotFoundHandler((request, reply) => {
    refuse(notFound(paths, request), request, reply, told)
  })
}

/** Answers to what is wrong before a route is found, such as a path that can not be decoded. */
export function frameworkErrors(told: Told) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void =>
    refuse(error, request, reply, told)
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, told: Told): void {
  const malformed = request.routeOptions?.config?.malformed
  if (malformed !== undefined && error instanceof MalformedBody) {
    told.answered(request.routeOptions.url ?? '', 200)
    reply.code(200).send(malformed(error.message))
    return
  }
  const known = isKnown(error) ? error : translated(error as FastifyError, request)
  const answer = known === undefined ? INTERNAL : errorAnswer(known)
  if (answer === INTERNAL) {
    told.log.error(
      { err: error, route: request.routeOptions?.url, method: request.method },
      'a request failed',
    )
  }
  if (answer.status === 503 || answer.status === 429) reply.header('retry-after', RETRY_AFTER_SECONDS)
  const allow = allowOf(known)
  if (allow !== undefined) reply.header('allow', allow)
  told.answered(request.routeOptions?.url ?? '', answer.status)
  // Set here, for some errors come before anything else could.
  reply.code(answer.status).type('application/json; charset=utf-8').send(JSON.stringify(answer.body))
}

/** What the framework refuses, in our words; undefined for a fault of ours. */
function translated(error: FastifyError, request: FastifyRequest): AssentError | undefined {
  switch (error.code) {
    case 'FST_ERR_VALIDATION':
      return invalid(error, request)
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return tooLarge()
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedType(request.headers['content-type'])
    case 'FST_ERR_BAD_URL':
      return invalidRequest([{ path: 'path', problem: 'can not be decoded: write % as %25' }])
    default:
      return isClients(error) ? new AssentError('INVALID_REQUEST', error.message) : undefined
  }
}

/** Other errors that the framework blames on the client, such as a body shorter than it said. */
function isClients(error: FastifyError): boolean {
  const { statusCode } = error
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
}

function invalid(error: FastifyError, request: FastifyRequest): AssentError {
  const part = error.validationContext as Part
  if (part === 'body' && request.body === undefined) return unsupportedType(request.headers['content-type'])
  const problems = problemsOf(everything(error, part, request))
  const { message } = invalidRequest(problems)
  return new AssentError('INVALID_REQUEST', `${PLACES[part]}${message}`, problems)
}

/** What a problem's path is a path in. */
const PLACES: Readonly<Record<Part, string>> = {
  body: '',
  querystring: 'query parameter ',
  params: 'path parameter ',
  headers: 'header ',
}

/** All that is wrong: one who writes a request by hand should not need a try for each. */
function everything(error: FastifyError, part: Part, request: FastifyRequest): readonly ErrorObject[] {
  const first = (error.validation ?? []) as unknown as ErrorObject[]
  const schema = request.routeOptions.schema?.[part]
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
  if (schema === undefined || (part === 'body' && length > THOROUGH_MAX_BYTES)) return first
  return allErrors(schema as object, part, part === 'querystring' ? request.query : request[part])
}

/** The path is known with another method, or not at all. */
function notFound(paths: KnownPaths, request: FastifyRequest): AssentError {
  const allow = paths.methodsAt(request.url.split('?', 1)[0] ?? '')
  if (allow.length === 0) {
    return new AssentError('ROUTE_NOT_FOUND', 'nothing answers at this path; /docs shows what there is')
  }
  return new AssentError('METHOD_NOT_ALLOWED', `this path takes ${allow.join(', ')}`, { allow })
}

/** The methods that the path takes, where that is what is wrong. */
function allowOf(error: AssentError | undefined): string | undefined {
  if (error?.code !== 'METHOD_NOT_ALLOWED') return undefined
  const { allow } = (error.details ?? {}) as { allow?: readonly string[] }
  return allow?.join(', ')
}

/** Answers to what is no HTTP, or comes too slowly; there is neither request nor reply, only the socket. */
export function clientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Who connected ahead of asking may ask at this very moment, and would take a word about lateness for the answer.
  const hasAskedNothing = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0
  if (error.code === 'ECONNRESET' || hasAskedNothing || !socket.writable) {
    socket.destroy()
    return
  }
  const problems: Record<string, string> = {
    HPE_HEADER_OVERFLOW: `are larger than ${HEADERS_MAX_BYTES} bytes`,
    ERR_HTTP_REQUEST_TIMEOUT: 'or the body did not arrive in time',
  }
  const problem: Problem = {
    path: 'headers',
    problem: problems[error.code ?? ''] ?? 'or what follows them are no HTTP/1.1',
  }
  socket.end(rawAnswer(errorAnswer(invalidRequest([problem]))))
}

function rawAnswer({ status, body }: ErrorAnswer): string {
  const text = JSON.stringify(body)
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    '',
    text,
  ].join('\r\n')
}
