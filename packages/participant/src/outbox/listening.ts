/** What is needed of a `Client` of `pg`: one of its own, not yet connected. */
export interface PgListener {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  // biome-ignore lint/suspicious/noExplicitAny: the driver has an overload for each of its events
  on(event: any, listener: (...told: any[]) => void): unknown
  end(): Promise<unknown>
}

/** What is needed of postgres.js, which keeps a connection of its own for this. */
export interface PostgresJsListener {
  listen(
    channel: string,
    heard: (payload: string) => void,
    listening?: () => void,
  ): Promise<{ unlisten(): Promise<unknown> }>
}

export type Listener = PgListener | PostgresJsListener

export interface Listening {
  /** Whether the database wakes this relay at present. */
  readonly isListening: boolean
  close(): Promise<void>
}

/** The pause before a lost connection is opened again, milliseconds; looks go on meanwhile. */
export const LISTEN_AGAIN_MS = 1_000

/** Listens for as long as it isn't closed; `heard` is also told whenever it begins again, for what was missed. */
export function listening(
  open: () => Listener,
  channel: string,
  heard: () => void,
  onError: (error: unknown) => void,
): Listening {
  return new KeptListening(open, channel, heard, onError)
}

class KeptListening implements Listening {
  isListening = false
  #isClosed = false
  #again: NodeJS.Timeout | undefined
  #stop: () => Promise<unknown> = async () => {}
  readonly #open: () => Listener
  readonly #channel: string
  readonly #heard: () => void
  readonly #onError: (error: unknown) => void

  constructor(open: () => Listener, channel: string, heard: () => void, onError: (error: unknown) => void) {
    this.#open = open
    this.#channel = channel
    this.#heard = heard
    this.#onError = onError
    void this.#begin()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#again)
    await this.#stop().catch(() => {})
  }

  async #begin(): Promise<void> {
    let isLost = false
    const lost = (error: unknown) => {
      if (isLost) return
      isLost = true
      this.isListening = false
      if (this.#isClosed) return
      this.#onError(error)
      this.#again = setTimeout(() => void this.#begin(), LISTEN_AGAIN_MS)
    }
    try {
      const listener = this.#open()
      this.#stop =
        'listen' in listener ? await this.#byPostgresJs(listener) : await this.#byPg(listener, lost)
      if (this.#isClosed) await this.#stop().catch(() => {})
    } catch (thrown) {
      lost(thrown)
    }
  }

  async #byPg(client: PgListener, lost: (error: unknown) => void): Promise<() => Promise<unknown>> {
    client.on('notification', this.#heard)
    client.on('error', (error) => {
      lost(error)
      client.end().catch(() => {})
    })
    client.on('end', () => lost(new Error('the connection that listens for events has ended')))
    try {
      await client.connect()
      await client.query(`LISTEN ${this.#channel}`)
    } catch (thrown) {
      client.end().catch(() => {})
      throw thrown
    }
    this.#began()
    return () => client.end()
  }

  /** The driver opens a lost connection again by itself, and says so. */
  async #byPostgresJs(sql: PostgresJsListener): Promise<() => Promise<unknown>> {
    const { unlisten } = await sql.listen(this.#channel, this.#heard, () => this.#began())
    return unlisten
  }

  #began(): void {
    if (this.#isClosed) return
    this.isListening = true
    this.#heard()
  }
}
