import { randomUUID } from 'node:crypto'
import {
  type Broker,
  type CommandAddress,
  DEAD_LETTER_PARTITIONS,
  DEAD_LETTERS_SUFFIX,
  type IncomingMessage,
  MessageInvalid,
  makeTopics,
  type OutgoingMessage,
  readCommandUrl,
  type Subscription,
  TOPIC_PATTERN,
} from '@assent/contract'
import type { Answers, Call, CallAnswer, Cancel, Clock, Observer, Transport } from '@assent/engine'
import { allowedBy } from '../allowed.ts'
import { type Answered, messageOf, unknown } from '../answers.ts'
import { Exchange } from './exchange.ts'
import { REPLIES_AT_ONCE, REPLY_PARTITIONS } from './limits.ts'
import { Replies } from './replies.ts'
import { commandMessage } from './request.ts'
import { harmless, STDERR } from './telling.ts'

export interface KafkaOptions {
  /** It is not closed with the transport: others may use it, too. */
  broker: Broker
  /** The topic in which services reply: one for all coordinators on one store, and for no others. Made when missing. */
  replies: string
  /** The consumer group by which these coordinators share its partitions. */
  group: string
  clock: Clock
  /** Where replies go that nobody can read: `REPLIES-dead-letters` when absent. Made when missing. */
  deadLetters?: string
  /** What may be called, such as `kafka:payment-service-commands`; any topic when absent. */
  allow?: readonly string[]
  /** Hears of dead letters, of replies that are passed over, and of a broker that is away; stderr does when absent. */
  observer?: Observer
}

/**
 * Calls branches by commands in Kafka, by URLs such as `kafka:payment-service-commands/ProcessPayment`, and takes the
 * replies of services. A call takes at most its `timeoutMs`, from sending to the reply; it heeds no signal, for a command
 * that was sent may take effect. A broker that is away makes calls unknown, and no more. Throws TypeError for a topic that
 * Kafka has not, and for an `allow` that lists something else than origins.
 */
export function kafka(options: KafkaOptions): Transport {
  return new KafkaTransport(options)
}

class KafkaTransport implements Transport {
  readonly schemes = ['kafka:']
  readonly #broker: Broker
  readonly #replies: string
  readonly #deadLetters: string
  readonly #group: string
  readonly #clock: Clock
  readonly #observer: Observer
  readonly #allows: (url: string) => boolean
  readonly #exchanges = new Map<string, Exchange>()
  #subscribing: Promise<void> | undefined
  #subscription: Subscription | undefined
  #stopMaking: Cancel = () => {}
  #turn = 0
  #isClosed = false

  constructor(options: KafkaOptions) {
    const { broker, replies, deadLetters = replies + DEAD_LETTERS_SUFFIX, group, clock } = options
    for (const topic of [replies, deadLetters]) {
      if (!TOPIC_PATTERN.test(topic)) throw new TypeError(`${JSON.stringify(topic)} is no topic of Kafka`)
    }
    this.#broker = broker
    this.#replies = replies
    this.#deadLetters = deadLetters
    this.#group = group
    this.#clock = clock
    this.#observer = harmless(options.observer ?? STDERR)
    this.#allows = allowedBy(options.allow)
  }

  async call(call: Call): Promise<CallAnswer> {
    if (this.#isClosed) return unknown('the transport was closed')
    const address = readCommandUrl(call.url)
    if (address === undefined) return unknown(`${call.url} is no kafka:TOPIC/COMMAND_TYPE`)
    if (!this.#allows(call.url)) {
      return unknown(`kafka:${address.topic} is none of the origins that may be called`)
    }
    return this.#exchange(call, address)
  }

  receive(answers: Answers): void {
    if (this.#isClosed || this.#subscribing !== undefined) return
    this.#subscribing = this.#subscribe(answers).catch((error) => this.#stalled(error))
    const topics = [
      { topic: this.#replies, partitions: REPLY_PARTITIONS },
      { topic: this.#deadLetters, partitions: DEAD_LETTER_PARTITIONS },
    ]
    this.#stopMaking = makeTopics(this.#broker, topics, {
      after: (ms, callback) => this.#clock.after(ms, callback),
      onError: (error) => this.#stalled(error),
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopMaking()
    for (const exchange of [...this.#exchanges.values()]) exchange.giveUp('the transport was closed')
    await this.#subscribing
    await this.#subscription?.close()
  }

  #exchange(call: Call, address: CommandAddress): Promise<Answered> {
    return new Promise((resolve) => {
      const id = randomUUID()
      const onOver = () => void this.#exchanges.delete(id)
      const exchange = new Exchange(call, address.topic, this.#clock, { resolve, onOver })
      // The reply may be here before the broker has said that it took the command.
      this.#exchanges.set(id, exchange)
      const sending = { id, at: this.#clock.wall(), replies: this.#replies, partition: this.#ownPartition() }
      this.#send(commandMessage(call, address, sending)).then(
        () => exchange.sent(),
        (error) => exchange.end(unknown(whyNotSent(error))),
      )
    })
  }

  async #send(message: OutgoingMessage): Promise<void> {
    await this.#broker.send([message])
  }

  /** A partition of the replies that this process reads: each in turn. */
  #ownPartition(): number | undefined {
    const own = this.#subscription?.partitions(this.#replies) ?? []
    this.#turn = (this.#turn + 1) % Math.max(1, own.length)
    return own[this.#turn]
  }

  async #subscribe(answers: Answers): Promise<void> {
    const replies = new Replies({
      broker: this.#broker,
      exchanges: this.#exchanges,
      answers,
      deadLetters: this.#deadLetters,
      observer: this.#observer,
      isClosed: () => this.#isClosed,
    })
    this.#subscription = await this.#broker.subscribe({
      topics: [this.#replies],
      group: this.#group,
      concurrency: REPLIES_AT_ONCE,
      ordered: false,
      handle: (message) => replies.handle(message),
      onError: (error, message) => this.#stalled(error, message),
    })
  }

  #stalled(error: unknown, message?: IncomingMessage): void {
    if (this.#isClosed) return
    const place = message && { partition: message.partition, offset: String(message.offset) }
    this.#observer.observe({
      kind: 'replies-stalled',
      topic: this.#replies,
      ...place,
      error: messageOf(error),
    })
  }
}

function whyNotSent(error: unknown): string {
  const isRefused = error instanceof MessageInvalid
  return `the broker ${isRefused ? 'never takes this command' : 'did not take the command'}: ${messageOf(error)}`
}
