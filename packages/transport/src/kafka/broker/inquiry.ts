import { BrokerUnavailable, MessageInvalid, type NewTopic, PING_TIMEOUT_MS } from '@assent/contract'
import type { Admin, ClusterMetadata } from '@platformatic/kafka'
import { Closable } from './client.ts'
import { codesOf, failureOf, isMissingTopic } from './failure.ts'
import type { Library } from './library.ts'
import { ATTEMPT_PAUSE_MS, CREATE_TIMEOUT_MS } from './limits.ts'
import { connectionOptions, type KafkaBrokerOptions } from './options.ts'
import { within } from './within.ts'

/** What is asked of the cluster itself. */
export class Inquiry {
  readonly #library: Library
  readonly #options: KafkaBrokerOptions
  #admin: Closable<Admin> | undefined

  constructor(library: Library, options: KafkaBrokerOptions) {
    this.#library = library
    this.#options = options
  }

  /** What the cluster says of these topics now. Throws what the library throws, or BrokerUnavailable. */
  metadata(topics: readonly string[]): Promise<ClusterMetadata> {
    return this.#ask('asking for topics', (admin) =>
      admin.metadata({ topics: [...topics], forceUpdate: true, retries: 0 }),
    )
  }

  async ping(): Promise<void> {
    try {
      await this.metadata([])
    } catch (error) {
      throw failureOf(error, 'asking whether the broker is there')
    }
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    for (const topic of topics) await this.#create(topic)
    const names = topics.map(({ topic }) => topic)
    // Brokers learn of a topic a moment after it was made.
    for (const end = performance.now() + CREATE_TIMEOUT_MS; ; ) {
      try {
        await this.metadata(names)
        return
      } catch (error) {
        if (!isMissingTopic(error) || performance.now() > end) throw failureOf(error, 'creating topics')
      }
      await new Promise((resolve) => setTimeout(resolve, ATTEMPT_PAUSE_MS))
    }
  }

  async close(): Promise<void> {
    await this.#admin?.close()
  }

  async #create({ topic, partitions, replicas = REPLICAS_OF_BROKER }: NewTopic): Promise<void> {
    try {
      await this.#ask('creating topics', (admin) =>
        admin.createTopics({ topics: [topic], partitions, replicas }),
      )
    } catch (error) {
      const codes = codesOf(error)
      if (codes.has('TOPIC_ALREADY_EXISTS')) return
      if (codes.has('INVALID_TOPIC_EXCEPTION')) {
        throw new MessageInvalid(`"${topic}" is no name of a topic`, { cause: error })
      }
      throw failureOf(error, `creating ${topic}`)
    }
  }

  async #ask<T>(doing: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.#open()
    try {
      return await within(PING_TIMEOUT_MS, doing, ask(admin.client))
    } catch (error) {
      // A request without an answer would be given to whoever asks the same next.
      if (error instanceof BrokerUnavailable && this.#admin === admin) {
        this.#admin = undefined
        void admin.close()
      }
      throw error
    }
  }

  #open(): Closable<Admin> {
    this.#admin ??= new Closable(
      new this.#library.Admin({
        ...connectionOptions(this.#options),
        retries: 0,
        requestTimeout: PING_TIMEOUT_MS,
      }),
    )
    return this.#admin
  }
}

/** The broker's own number. */
const REPLICAS_OF_BROKER = -1
