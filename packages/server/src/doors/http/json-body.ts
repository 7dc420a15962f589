import { isUtf8 } from 'node:buffer'
import { AssentError, BODY_MAX_BYTES } from '@assent/contract'
import type { FastifyInstance } from 'fastify'
import { THOROUGH_MAX_BYTES } from './limits.ts'

/**
 * Reads bodies as JSON, and only as JSON: no other type, no encoding, no bytes that are not UTF-8 (they would
 * be replaced without a word), no `__proto__` that could end in a prototype.
 */
export function acceptJson(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers()
  const parse = fastify.getDefaultJsonParser('error', 'error')
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') return done(unsupportedEncoding())
    if (!isUtf8(body as Buffer)) return done(malformed('is not UTF-8'))
    const text = body.toString('utf8')
    void parse(request, text, (error, value) => (error ? done(malformed(reason(text))) : done(null, value)))
  })
}

/** The answer to a body of another type, or of none. */
export function unsupportedType(contentType: string | undefined): AssentError {
  const sent = contentType === undefined ? 'and there is none' : `not ${JSON.stringify(contentType)}`
  return new AssentError(
    'UNSUPPORTED_MEDIA_TYPE',
    `the header content-type must be application/json, ${sent}; a request that says nothing has the body {}`,
    { header: 'content-type', expected: 'application/json' },
  )
}

function unsupportedEncoding(): AssentError {
  return new AssentError(
    'UNSUPPORTED_MEDIA_TYPE',
    'bodies are not decoded: send no content-encoding header',
    {
      header: 'content-encoding',
      expected: 'none',
    },
  )
}

export function tooLarge(): AssentError {
  return new AssentError('PAYLOAD_TOO_LARGE', `the body is larger than ${BODY_MAX_BYTES} bytes`, {
    max_bytes: BODY_MAX_BYTES,
  })
}

/** A body that is no JSON; told apart because JSON-RPC has an answer of its own for it. */
export class MalformedBody extends AssentError {}

function malformed(problem: string): MalformedBody {
  return new MalformedBody('INVALID_REQUEST', `the body ${problem}`, [
    { path: '', problem: `the body ${problem}` },
  ])
}

/** What the parser did not say: where the text stops being JSON. */
function reason(text: string): string {
  if (text.trim() === '') return 'is empty; send {} when there is nothing to say'
  try {
    JSON.parse(text)
  } catch (error) {
    return `is no JSON: ${cause(error, text)}`
  }
  return 'has a key __proto__ or constructor.prototype, which are not accepted'
}

/** V8 says where in words, and quotes the text around it; a large body is quoted by nobody. */
function cause(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error)
  const position = /at position (\d+)/.exec(message)?.[1]
  if (text.length <= THOROUGH_MAX_BYTES) return message
  return position === undefined ? 'it can not be parsed' : `it can not be parsed at position ${position}`
}
