import type { IncomingMessage } from 'node:http'
import { CALL_BODY_MAX_BYTES } from './answer-call.ts'

/** What a framework has already made of a body. */
export interface ParsedBody {
  /** The bytes, where it kept them. */
  rawBody?: unknown
  /** Whatever its parser made of them. */
  body?: unknown
}

/**
 * The body as it was sent; undefined for one over the limit, of which no more is kept. Where the framework has read it,
 * it is written again: the coordinator writes JSON as `JSON.stringify` does, so that what was parsed from it is written
 * back to the same text, and its signature still fits. Rejects when the caller goes away before the body is whole.
 */
export async function nodeBody(request: IncomingMessage, parsed: ParsedBody): Promise<string | undefined> {
  const body = request.readableDidRead ? rewritten(request, parsed) : await readBody(request)
  return body === undefined || Buffer.byteLength(body) > CALL_BODY_MAX_BYTES ? undefined : body
}

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

function rewritten(request: IncomingMessage, { rawBody, body }: ParsedBody): string {
  const kept = rawBody ?? body
  if (kept === undefined) return ''
  if (kept instanceof Uint8Array) return Buffer.from(kept).toString('utf8')
  return typeof kept === 'string' && isWhole(request, kept) ? kept : JSON.stringify(kept)
}

/**
 * A text parser keeps a text of the length that was sent; a JSON parser takes at least the quotes off. Where the length
 * was not sent, what can be read as JSON is taken for the whole.
 */
function isWhole({ headers }: IncomingMessage, text: string): boolean {
  const length = headers['content-length']
  return length === undefined ? isJson(text) : Number(length) === Buffer.byteLength(text)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
