import { fetchHandler } from './fetch-handler.ts'
import type { HandlerOptions } from './received.ts'
import type { Service } from './service.ts'

/** What of a context of Hono is used. */
export interface HonoContext {
  req: {
    raw: Request
    /** The body, whoever has read it before. */
    text(): Promise<string>
  }
}

export type HonoHandler = (context: HonoContext) => Promise<Response>

/**
 * Serves a branch, or a handler of many, in Hono.
 *
 *     app.post('/assent/*', honoHandler(assent.handler))
 */
export function honoHandler<Database>(service: Service<Database>, options: HandlerOptions = {}): HonoHandler {
  const handle = fetchHandler(service, options)
  return async ({ req }) => {
    if (!req.raw.bodyUsed) return handle(req.raw)
    const { method, headers, signal, url } = req.raw
    return handle(new Request(url, { method, headers, signal, body: await req.text() }))
  }
}
