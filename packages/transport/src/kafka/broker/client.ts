import type { Base, Connection } from '@platformatic/kafka'
import { CLOSE_STEP_MS } from './limits.ts'
import { within } from './within.ts'

type Client = Pick<Base, 'on'> & { close(): Promise<unknown> }

/** A client of the library whose connections end with it, also those to a broker that does not answer any more. */
export class Closable<Kind extends Client> {
  readonly client: Kind
  readonly #connections = new Set<Connection>()
  #isClosed = false

  constructor(client: Kind) {
    this.client = client
    client.on('client:broker:connect', ({ connection }: { connection: Connection }) => {
      this.#connections.add(connection)
      if (this.#isClosed) connection.socket?.destroy()
    })
    client.on('client:broker:disconnect', ({ connection }: { connection: Connection }) => {
      this.#connections.delete(connection)
    })
    // Whatever it tells here fails a request as well, or is listened to by whoever needs it.
    client.on('error', () => {})
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await within(CLOSE_STEP_MS, 'closing', this.client.close()).catch(() => {})
    for (const connection of this.#connections) connection.socket?.destroy()
  }
}
