import { answerCall, CALL_BODY_MAX_BYTES, type Participant } from './answer-call.ts'
import { type Reply, tooLarge } from './reply.ts'

/**
 * Serves a branch in any framework that speaks `Request` and `Response` (Hono, Bun, Deno, Next.js).
 *
 *     app.post('/withdraw', (context) => serve(context.req.raw))
 */
export function fetchHandler<Database>(
  participant: Participant<Database>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const body = await readBody(request)
    const reply: Reply =
      body === undefined
        ? tooLarge(CALL_BODY_MAX_BYTES)
        : await answerCall(participant, (name) => request.headers.get(name) ?? undefined, body)
    return new Response(reply.body === '' ? null : reply.body, {
      status: reply.status,
      headers: reply.headers,
    })
  }
}

/** Undefined for a body over the limit, of which no more is read. */
async function readBody(request: Request): Promise<string | undefined> {
  if (request.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > CALL_BODY_MAX_BYTES) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
