import type { FetchHandler, Verification } from '@assent/participant'
import type { Definition } from '../definitions/definition.ts'
import { type Assent, assentOver } from '../running/assent.ts'
import type { ServedCall } from '../serving/call.ts'
import { functionsOf } from '../serving/functions.ts'
import { serving } from '../serving/handler.ts'
import { type HttpApiOptions, httpApi } from './http-api.ts'

/** The steps that this application serves to the coordinator. */
export interface Serve {
  definitions: readonly Definition[]
  /** Where the coordinator reaches `handler`, such as `http://orders:3000/assent`. */
  url: string
  /**
   * Serves only calls that are signed with it: the server's `ASSENT_CALL_SECRET`. Several while it is changed. Given as
   * undefined it is refused, because then a variable is not set; left out, any call is served.
   */
  secret?: Verification['secret'] | undefined
  /** How far the clock of the coordinator may be from ours, milliseconds; 5 minutes by default. */
  toleranceMs?: number
  /** What a proxy takes off the front of the path on the way here, such as `/orders`. */
  behind?: string
  /** Told what a step threw, but for refusals. Writes to stderr by default. */
  onError?: (error: unknown, call: ServedCall) => void
}

export interface ConnectOptions extends HttpApiOptions {
  /** Without it only definitions whose steps are all URLs can be run. */
  serve?: Serve
}

/** A coordinator that is a server, and the steps that it calls here. */
export type Connection = Assent & {
  /** Answers the coordinator's calls, in whatever serves the path of `serve.url`. */
  readonly handler: FetchHandler
}

/**
 * Uses a server as `open()` uses a coordinator of its own. Nothing is connected before something is asked. Throws
 * TypeError for URLs, headers and secrets that are none.
 *
 *     const assent = connect({ url: 'http://assent:36789', serve: { definitions: [order], url: 'http://orders:3000/assent' } })
 *     app.post('/assent/*', honoHandler(assent.handler))
 */
export function connect({ serve, ...options }: ConnectOptions): Connection {
  const api = httpApi(options)
  const { handler, close } = served(serve)
  const assent = assentOver(api, {
    definitions: serve?.definitions ?? [],
    // Without, no function can be run, and so none is called.
    address: serve === undefined ? '' : addressOf(serve),
    close: async () => {
      close()
      api.close()
    },
  })
  return Object.assign(assent, { handler })
}

/** What the URLs of steps begin with. */
function addressOf({ url }: Serve): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname.replace(/\/+$/, '')}/`
}

function served(serve: Serve | undefined) {
  if (serve === undefined) return serving({ functions: new Map(), path: '' })
  const { definitions, secret, toleranceMs, behind = '', onError } = serve
  const { pathname } = new URL(serve.url)
  if (!pathname.startsWith(behind))
    throw new TypeError(`the path of ${serve.url} does not begin with ${behind}`)
  // An undefined secret is left to the verifier, which refuses it.
  const verified = 'secret' in serve && {
    secret: secret as Verification['secret'],
    behind,
    ...(toleranceMs !== undefined && { toleranceMs }),
  }
  return serving({
    functions: functionsOf(definitions),
    path: pathname.replace(/\/+$/, '').slice(behind.length),
    ...(verified && { verified }),
    ...(onError && { onError }),
  })
}
