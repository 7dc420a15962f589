import { BrokerUnavailable, MessageInvalid, type OutgoingMessage, TOPIC_PATTERN } from '@assent/contract'
import { failureOf, isMissingTopic } from './failure.ts'
import { IdempotentProducer } from './idempotent-producer.ts'
import type { Inquiry } from './inquiry.ts'
import type { Library } from './library.ts'
import { ATTEMPT_PAUSE_MS, MESSAGE_MAX_BYTES, PENDING_MAX_BYTES, SEND_TIMEOUT_MS } from './limits.ts'
import type { KafkaBrokerOptions } from './options.ts'
import { partitionOf } from './partitions.ts'
import { Post } from './post.ts'
import { encode, sizeOf } from './records.ts'
import { type Parcel, Sending } from './sending.ts'
import { TopicMap } from './topic-map.ts'

/** Sends messages: each to its partition, in the order in which they were given. */
export class Sender {
  readonly #library: Library
  readonly #options: KafkaBrokerOptions
  readonly #inquiry: Inquiry
  readonly #timeoutMs: number
  readonly #topics = new TopicMap()
  /** Sends whose topics are not known yet, and whatever was given behind them. */
  readonly #unplaced: Unplaced[] = []
  readonly #producers: IdempotentProducer[] = []
  /** One for each leader, so that a broker that is away holds up what goes to it, and nothing else. */
  readonly #posts = new Map<number, Post>()
  /** The post of each partition: always the same, whoever leads it later, or messages would overtake each other. */
  readonly #postOf = new Map<string, Post>()
  readonly #underWay = new Set<Promise<void>>()
  #pendingBytes = 0
  #isPlacing = false
  #isRefreshing = false
  #refreshedAt = 0

  constructor(library: Library, options: KafkaBrokerOptions, inquiry: Inquiry) {
    this.#library = library
    this.#options = options
    this.#inquiry = inquiry
    this.#timeoutMs = options.sendTimeoutMs ?? SEND_TIMEOUT_MS
  }

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return
    const bytes = this.#weigh(messages)
    if (this.#pendingBytes + bytes > PENDING_MAX_BYTES) {
      throw new BrokerUnavailable(`sending: ${this.#pendingBytes} bytes wait already`)
    }
    this.#pendingBytes += bytes
    const sending = new Sending(messages.length, this.#timeoutMs)
    this.#underWay.add(sending.kept)
    this.#unplaced.push({ messages, sending })
    if (!this.#isPlacing) void this.#place()
    try {
      await sending.kept
    } finally {
      this.#underWay.delete(sending.kept)
      this.#pendingBytes -= bytes
    }
  }

  /** Resolves when what was given has ended, which its time limits. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await Promise.all(this.#producers.map((producer) => producer.close()))
  }

  /** How many bytes the messages are. Throws MessageInvalid for one that no topic would take. */
  #weigh(messages: readonly OutgoingMessage[]): number {
    const { messageMaxBytes = MESSAGE_MAX_BYTES } = this.#options
    let all = 0
    for (const message of messages) {
      const { topic, partition } = message
      if (!TOPIC_PATTERN.test(topic)) throw new MessageInvalid(`"${topic}" is no name of a topic`)
      if (partition !== undefined && !(Number.isSafeInteger(partition) && partition >= 0)) {
        throw new MessageInvalid(`${topic} has no partition ${partition}`)
      }
      const bytes = sizeOf(message)
      if (bytes > messageMaxBytes) {
        throw new MessageInvalid(`a message for ${topic} has ${bytes} bytes, more than ${messageMaxBytes}`)
      }
      all += bytes
    }
    return all
  }

  async #place(): Promise<void> {
    this.#isPlacing = true
    for (let next = this.#unplaced[0]; next !== undefined; next = this.#unplaced[0]) {
      const missing = this.#topics.missing(next.messages, performance.now())
      if (missing.length > 0) await this.#ask(missing, next.sending)
      this.#unplaced.shift()
      if (!next.sending.hasEnded) this.#placeNow(next)
    }
    this.#isPlacing = false
    this.#refresh()
  }

  /** Learns of partitions that were added, behind the back of whoever sends. */
  #refresh(): void {
    const now = performance.now()
    if (this.#isRefreshing || now - this.#refreshedAt < REFRESH_PAUSE_MS) return
    this.#refreshedAt = now
    const old = this.#topics.old(now)
    if (old.length === 0) return
    this.#isRefreshing = true
    void this.#inquiry
      .metadata(old)
      .then((metadata) => this.#topics.learn(metadata, performance.now()))
      // What is known goes on being used; a topic that is gone fails what is sent to it.
      .catch(() => {})
      .finally(() => {
        this.#isRefreshing = false
      })
  }

  /** Asks for topics until they are known or the time of the send is over. */
  async #ask(topics: readonly string[], sending: Sending): Promise<void> {
    while (!sending.hasEnded) {
      try {
        this.#topics.learn(await this.#inquiry.metadata(topics), performance.now())
        return
      } catch (error) {
        if (isMissingTopic(error)) {
          sending.fail(new BrokerUnavailable(`there is no topic ${topics.join(' or ')}`, { cause: error }))
          return
        }
        await new Promise((resolve) => setTimeout(resolve, ATTEMPT_PAUSE_MS))
      }
    }
  }

  #placeNow({ messages, sending }: Unplaced): void {
    const placed = new Map<Post, Parcel[]>()
    try {
      for (const message of messages) {
        const { topic, key } = message
        const partition = message.partition ?? partitionOf(this.#library, key, this.#topics.partitions(topic))
        const post = this.#postFor(topic, partition)
        const parcels = placed.get(post) ?? []
        parcels.push({ record: encode(message, partition), bytes: sizeOf(message), sending })
        placed.set(post, parcels)
      }
    } catch (error) {
      sending.fail(failureOf(error, 'sending'))
      return
    }
    for (const [post, parcels] of placed) post.add(parcels)
  }

  #postFor(topic: string, partition: number): Post {
    const leader = this.#topics.leader(topic, partition)
    const key = `${topic}/${partition}`
    const known = this.#postOf.get(key)
    if (known !== undefined) return known
    const post = this.#posts.get(leader) ?? this.#newPost()
    this.#posts.set(leader, post)
    this.#postOf.set(key, post)
    return post
  }

  #newPost(): Post {
    const producer = new IdempotentProducer(this.#library, this.#options, this.#timeoutMs)
    this.#producers.push(producer)
    return new Post((parcels) => producer.request(parcels))
  }
}

/** Messages of one `send` that are not placed yet. */
interface Unplaced {
  messages: readonly OutgoingMessage[]
  sending: Sending
}

/** How often it is looked at which topics are known for long. */
const REFRESH_PAUSE_MS = 1_000
