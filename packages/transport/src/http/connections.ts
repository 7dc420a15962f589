import { buildConnector, Client } from 'undici'
import { ANSWER_HEADERS_MAX_BYTES, KEEP_ALIVE_MAX_MS, KEEP_ALIVE_MS } from './limits.ts'

/** Makes TCP and TLS connections; one for all origins, so that TLS sessions are resumed. */
export type Connector = buildConnector.connector

export function openConnector(timeoutMs: number): Connector {
  return buildConnector({ timeout: timeoutMs })
}

/** One connection at a time to an origin, made when a call needs it and kept for the next. */
export interface Connection {
  readonly client: Client
  /** Whether it stands at the moment. */
  isConnected: boolean
}

/**
 * The connections to one origin. Who takes one has it alone until it is given back or dropped.
 *
 * Plain clients rather than undici's Agent: its pool sets a connection aside for ever whenever a request is
 * refused as invalid, so that a few bad headers would stop all calls to an origin.
 */
export class Connections {
  readonly #origin: string
  readonly #connector: Connector
  readonly #onConnect: () => void
  readonly #onDisconnect: () => void
  readonly #all = new Set<Connection>()
  /** Given back, the latest last: that one is taken first, so that those not needed run out. */
  readonly #idle: Connection[] = []

  constructor(origin: string, connector: Connector, events: { onConnect(): void; onDisconnect(): void }) {
    this.#origin = origin
    this.#connector = connector
    this.#onConnect = events.onConnect
    this.#onDisconnect = events.onDisconnect
  }

  get size(): number {
    return this.#all.size
  }

  take(): Connection {
    return this.#idle.pop() ?? this.#open()
  }

  giveBack(connection: Connection): void {
    if (connection.isConnected) this.#idle.push(connection)
    else this.drop(connection)
  }

  drop(connection: Connection): void {
    this.#all.delete(connection)
    // Not at once: it may be about to tell why it broke.
    queueMicrotask(() => void connection.client.destroy())
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map(({ client }) => client.destroy()))
  }

  #open(): Connection {
    const client = new Client(this.#origin, {
      connect: this.#connector,
      // One request at a time: a second would wait for the first answer, and be lost with it.
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      maxHeaderSize: ANSWER_HEADERS_MAX_BYTES,
      // The timeout of a call covers both.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const connection: Connection = { client, isConnected: false }
    this.#all.add(connection)
    client.on('connect', () => {
      connection.isConnected = true
      this.#onConnect()
    })
    client.on('disconnect', () => {
      connection.isConnected = false
      this.#forgetIdle(connection)
    })
    return connection
  }

  #forgetIdle(connection: Connection): void {
    const index = this.#idle.indexOf(connection)
    if (index < 0) return
    this.#idle.splice(index, 1)
    this.#all.delete(connection)
    this.#onDisconnect()
  }
}
