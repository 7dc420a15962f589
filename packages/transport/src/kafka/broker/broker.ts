import {
  type Broker,
  BrokerUnavailable,
  type NewTopic,
  type OutgoingMessage,
  type SubscribeOptions,
  type Subscription,
} from '@assent/contract'
import { GroupSubscription } from './group-subscription.ts'
import { Inquiry } from './inquiry.ts'
import { type Library, loadLibrary } from './library.ts'
import { type KafkaBrokerOptions, readBrokers } from './options.ts'
import { Sender } from './sender.ts'

/**
 * Apache Kafka, or what speaks its protocol:
 *
 *     const broker = kafkaBroker({ brokers: 'kafka-1:9092,kafka-2:9092' })
 *
 * It connects when it is first used, and whatever is away is waited for within the limits of what was asked. Throws
 * TypeError for addresses that are none.
 */
export function kafkaBroker(options: KafkaBrokerOptions): Broker {
  readBrokers(options.brokers)
  return new KafkaBroker(options)
}

interface Parts {
  inquiry: Inquiry
  sender: Sender
}

class KafkaBroker implements Broker {
  readonly #options: KafkaBrokerOptions
  readonly #subscriptions = new Set<GroupSubscription>()
  #library: Promise<Library> | undefined
  #parts: Promise<Parts> | undefined
  /** Nobody may join any more; and a little later: nothing may be asked any more. */
  #isClosing = false
  #isClosed = false

  constructor(options: KafkaBrokerOptions) {
    this.#options = options
  }

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    const { sender } = await this.#open()
    await sender.send(messages)
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    if (this.#isClosing) throw closed()
    const subscription: GroupSubscription = new GroupSubscription(this.#load(), this.#options, options, () =>
      this.#subscriptions.delete(subscription),
    )
    this.#subscriptions.add(subscription)
    return subscription
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    const { inquiry } = await this.#open()
    await inquiry.createTopics(topics)
  }

  async ping(): Promise<void> {
    const { inquiry } = await this.#open()
    await inquiry.ping()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    // What is under way there may still have something to send.
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()))
    this.#isClosed = true
    const parts = await this.#parts?.catch(() => undefined)
    await parts?.sender.close()
    await parts?.inquiry.close()
  }

  #open(): Promise<Parts> {
    if (this.#isClosed) return Promise.reject(closed())
    this.#parts ??= this.#load().then((library) => {
      const inquiry = new Inquiry(library, this.#options)
      return { inquiry, sender: new Sender(library, this.#options, inquiry) }
    })
    return this.#parts
  }

  #load(): Promise<Library> {
    this.#library ??= loadLibrary()
    return this.#library
  }
}

function closed(): BrokerUnavailable {
  return new BrokerUnavailable('it was closed')
}
