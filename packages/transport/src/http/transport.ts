import type { Call, CallAnswer, Clock, Transport } from '@assent/engine'
import { allowedOrigins } from '../allowed.ts'
import { unknown } from '../answers.ts'
import { addressBook } from './address.ts'
import { type Connector, openConnector } from './connections.ts'
import { CONNECT_TIMEOUT_MS, CONNECTIONS_PER_ORIGIN, IDLE_ORIGINS_KEPT } from './limits.ts'
import { Origin } from './origin.ts'
import { type Sign, signer } from './signing.ts'

export interface HttpOptions {
  clock: Clock
  /** Origins that may be called, such as `https://bank.example:8443`; any when absent. */
  allow?: readonly string[]
  /** Connections to one origin, and so calls to it at once. */
  connectionsPerOrigin?: number
  /** Until TCP and TLS stand. */
  connectTimeoutMs?: number
  /** Sign each call, so that services know who calls; several while they are changed. Unsigned when absent. */
  secrets?: readonly string[]
}

/**
 * Calls branches over HTTP and HTTPS. A call takes at most its `timeoutMs`, waiting for a connection and
 * reading the answer included. It heeds no signal: a request that was sent may take effect, so that its
 * answer is worth waiting for. Throws TypeError for an `allow` that lists something else than origins, and for
 * `secrets` that are too short or too many.
 */
export function http(options: HttpOptions): Transport {
  return new HttpTransport(options)
}

class HttpTransport implements Transport {
  readonly schemes = ['http:', 'https:']
  readonly #clock: Clock
  readonly #places: number
  readonly #connector: Connector
  readonly #allowed: ReadonlySet<string> | undefined
  readonly #sign: Sign | undefined
  readonly #addressOf = addressBook()
  readonly #origins = new Map<string, Origin>()
  #isClosed = false

  constructor(options: HttpOptions) {
    this.#clock = options.clock
    this.#places = options.connectionsPerOrigin ?? CONNECTIONS_PER_ORIGIN
    this.#connector = openConnector(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS)
    this.#allowed = options.allow && allowedOrigins(options.allow)
    this.#sign = options.secrets && signer(options.secrets, options.clock)
  }

  async call(call: Call): Promise<CallAnswer> {
    if (this.#isClosed) return unknown('the transport was closed')
    const address = this.#addressOf(call.url)
    if (address === undefined) return unknown(`${call.url} is no http or https URL`)
    if (this.#allowed && !this.#allowed.has(address.origin)) {
      return unknown(`${address.origin} is none of the origins that may be called`)
    }
    return this.#originOf(address.origin).call(call, address)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#origins.values()].map((origin) => origin.close()))
  }

  #originOf(name: string): Origin {
    const known = this.#origins.get(name)
    if (known) return known
    if (this.#origins.size >= IDLE_ORIGINS_KEPT) this.#forgetIdle()
    const onIdle = () => {
      if (origin.breaker.isClean) this.#origins.delete(name)
    }
    const origin = new Origin(name, {
      clock: this.#clock,
      connector: this.#connector,
      places: this.#places,
      sign: this.#sign,
      onIdle,
    })
    this.#origins.set(name, origin)
    return origin
  }

  /** Forgets the failures of the origin that failed longest ago. */
  #forgetIdle(): void {
    for (const [name, origin] of this.#origins) {
      if (!origin.isIdle) continue
      this.#origins.delete(name)
      return
    }
  }
}
