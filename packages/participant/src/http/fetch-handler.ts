import { CALL_BODY_MAX_BYTES } from './answer-call.ts'
import { type Admitted, admitting, type HandlerOptions, type Received } from './received.ts'
import { failed, type Reply } from './reply.ts'
import { type FetchHandler, receiver, type Service } from './service.ts'

/**
 * Serves a branch, or a handler of many that is to be verified, in any framework that speaks `Request` and `Response`
 * (Bun, Deno, Next.js).
 *
 *     export const POST = fetchHandler({ barrier, operations: { action: withdraw, compensate: refund } })
 */
export function fetchHandler<Database>(
  service: Service<Database>,
  options: HandlerOptions = {},
): FetchHandler {
  return asFetchHandler(receiver(service, options))
}

/** The same for whatever else answers calls. It must not throw. */
export function admittingHandler(
  answer: (admitted: Admitted) => Promise<Reply>,
  options: HandlerOptions = {},
): FetchHandler {
  return asFetchHandler(admitting(answer, options))
}

function asFetchHandler(receive: (received: Received) => Promise<Reply>): FetchHandler {
  return async (request) => {
    const { pathname, search } = new URL(request.url)
    let body: string | undefined
    try {
      body = await readBody(request)
    } catch {
      // The caller went away before the call was whole: nothing happened, and nobody is left to be told.
      return responseOf(failed())
    }
    const reply = await receive({
      method: request.method,
      target: pathname + search,
      header: (name) => request.headers.get(name) ?? undefined,
      headerNames: request.headers.keys(),
      body,
      signal: request.signal,
    })
    return responseOf(reply)
  }
}

function responseOf({ status, headers, body }: Reply): Response {
  return new Response(body === '' ? null : body, { status, headers })
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
