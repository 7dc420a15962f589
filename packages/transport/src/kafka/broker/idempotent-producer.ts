import type { Producer } from '@platformatic/kafka'
import { Closable } from './client.ts'
import { isTooLarge } from './failure.ts'
import type { Library } from './library.ts'
import { ATTEMPT_PAUSE_MS } from './limits.ts'
import { connectionOptions, type KafkaBrokerOptions } from './options.ts'
import type { Parcel } from './sending.ts'
import { within } from './within.ts'

/**
 * Requests that are repeated while their time lasts, and kept once: a broker knows each by its number. One whose time
 * is over takes its producer with it, which would go on trying behind our back.
 */
export class IdempotentProducer {
  readonly #library: Library
  readonly #options: KafkaBrokerOptions
  readonly #timeoutMs: number
  #producer: Closable<Producer> | undefined

  constructor(library: Library, options: KafkaBrokerOptions, timeoutMs: number) {
    this.#library = library
    this.#options = options
    this.#timeoutMs = timeoutMs
  }

  /** Resolves when all are kept by all replicas that are in sync. */
  async request(parcels: readonly Parcel[]): Promise<void> {
    const producer = this.#open()
    const messages = parcels.map(({ record }) => record)
    try {
      await within(this.#timeoutMs, 'sending', producer.client.send({ messages }))
    } catch (error) {
      if (!isTooLarge(error)) void this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.close()
  }

  #open(): Closable<Producer> {
    this.#producer ??= new Closable(
      new this.#library.Producer({
        ...connectionOptions(this.#options),
        idempotent: true,
        acks: this.#library.ProduceAcks.ALL,
        timeout: this.#timeoutMs,
        requestTimeout: this.#timeoutMs,
        retries: Math.ceil(this.#timeoutMs / ATTEMPT_PAUSE_MS),
        retryDelay: ATTEMPT_PAUSE_MS,
        repeatOnStaleMetadata: true,
      }),
    )
    return this.#producer
  }
}
