import {
  type Broker,
  BrokerUnavailable,
  type IncomingMessage,
  type NewTopic,
  type OutgoingMessage,
  type SubscribeOptions,
  type Subscription,
} from '@assent/contract'
import { systemClock } from '@assent/coordinator'
import type { Clock } from '@assent/engine'
import { Random } from '../time/random.ts'
import { type BrokerFaults, Counter, NO_FAULTS } from './faults.ts'
import { Group } from './group.ts'
import { Member, type Surroundings } from './member.ts'
import { Topics } from './topics.ts'

export interface MemoryBrokerOptions {
  /** Of a topic that is made because someone names it: 3 by default. */
  partitions?: number
  /** Whether a topic is made when it is named first, as by default, or is missing until `createTopics`. */
  createsTopics?: boolean
  /** What chance draws from, where messages come out of order. */
  seed?: number
  clock?: Clock
}

/** A message broker in memory, for tests: it forgets all with the process, and can be told what is to go wrong. */
export interface MemoryBroker extends Broker {
  /** Changes what goes wrong from now on. */
  inject(faults: Partial<BrokerFaults>): void
  /** What was sent to a topic: by partition, and within it in the order in which it is kept. */
  messages(topic: string): readonly IncomingMessage[]
  /** The offset at which a group goes on in a partition. */
  committed(group: string, topic: string, partition: number): bigint
  /** Resolves when every group has dealt with all that was sent. Rejects after `SETTLED_MAX_MS`. */
  settled(): Promise<void>
  /** The same broker as another process has it: closing one leaves the other's subscriptions alone. */
  connect(): Broker
}

/** How long `settled` waits, milliseconds. */
export const SETTLED_MAX_MS = 20_000
/** How long a subscription that is closed waits for what is under way, milliseconds. */
export const CLOSE_MAX_MS = 5_000

/**
 * A broker in memory, for tests and rehearsals:
 *
 *     const broker = memoryBroker()
 *     await broker.send([{ topic: 'orders', key: 'order-17', value: '{}' }])
 *     broker.inject({ twiceEvery: 3, isOutOfOrder: true })
 */
export function memoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new Memory(options)
}

class Memory implements MemoryBroker {
  readonly #groups = new Map<string, Group>()
  readonly #surroundings: Surroundings
  readonly #lostAcknowledgements = new Counter()
  readonly #waiting = new Set<() => void>()
  readonly #own: Broker

  constructor({ partitions = 3, createsTopics = true, seed = 1, clock = systemClock }: MemoryBrokerOptions) {
    this.#surroundings = {
      topics: new Topics(createsTopics ? partitions : undefined),
      faults: { ...NO_FAULTS },
      clock,
      random: new Random(seed, 'order of messages'),
      onCommit: () => this.#onCommit(),
    }
    this.#own = this.connect()
  }

  send = (messages: readonly OutgoingMessage[]): Promise<void> => this.#own.send(messages)
  subscribe = (options: SubscribeOptions): Promise<Subscription> => this.#own.subscribe(options)
  createTopics = (topics: readonly NewTopic[]): Promise<void> => this.#own.createTopics(topics)
  ping = (): Promise<void> => this.#own.ping()
  close = (): Promise<void> => this.#own.close()

  inject(faults: Partial<BrokerFaults>): void {
    const wasAway = this.#surroundings.faults.isAway
    Object.assign(this.#surroundings.faults, faults)
    const { isAway } = this.#surroundings.faults
    if (isAway === wasAway) return
    for (const group of this.#groups.values()) group.share()
  }

  messages(topic: string): readonly IncomingMessage[] {
    return this.#surroundings.topics.all(topic)
  }

  committed(group: string, topic: string, partition: number): bigint {
    return this.#groups.get(group)?.committed(topic, partition) ?? 0n
  }

  settled(): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#surroundings.clock.after(SETTLED_MAX_MS, () => {
        this.#waiting.delete(look)
        reject(new Error(`after ${SETTLED_MAX_MS} ms ${this.#lags()}`))
      })
      const look = (): void => {
        if (this.#lags() !== '') return
        this.#waiting.delete(look)
        cancel()
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  connect(): Broker {
    const closings = new Set<() => Promise<void>>()
    let isClosing = false
    let isClosed = false
    const mustBeOpen = (): void => {
      if (isClosed) throw new BrokerUnavailable('it was closed')
    }
    return {
      send: async (messages) => {
        mustBeOpen()
        await this.#send(messages)
      },
      subscribe: async (options) => {
        if (isClosing) throw new BrokerUnavailable('it was closed')
        const subscription = this.#subscribe(options)
        closings.add(subscription.close)
        return subscription
      },
      createTopics: async (topics) => {
        mustBeOpen()
        await this.#createTopics(topics)
      },
      ping: async () => {
        mustBeOpen()
        await this.#answer()
      },
      close: async () => {
        isClosing = true
        // What is under way there may still have something to send.
        await Promise.all([...closings].map((close) => close()))
        isClosed = true
      },
    }
  }

  async #send(messages: readonly OutgoingMessage[]): Promise<void> {
    const { topics, faults, clock } = this.#surroundings
    if (!faults.isAway) topics.append(messages, clock.wall())
    for (const group of this.#groups.values()) for (const member of group.members) member.read()
    const isLost = this.#lostAcknowledgements.isNth(faults.acknowledgementLostEvery)
    await this.#answer()
    if (isLost) throw new BrokerUnavailable('the acknowledgement was lost')
  }

  async #createTopics(topics: readonly NewTopic[]): Promise<void> {
    await this.#answer()
    const missing = topics.filter((topic) => this.#surroundings.topics.create(topic))
    if (missing.length > 0) for (const group of this.#groups.values()) group.share()
  }

  #subscribe(options: SubscribeOptions): Subscription {
    const group = this.#groups.get(options.group) ?? new Group(options.group, this.#surroundings)
    const member = new Member(options, group, this.#surroundings)
    this.#groups.set(options.group, group)
    group.join(member)
    return {
      partitions: (topic) => member.partitions(topic),
      close: async () => {
        await within(CLOSE_MAX_MS, member.stop(), this.#surroundings.clock)
        group.leave(member)
        this.#onCommit()
      },
    }
  }

  /** As an answer over a network: never at once. */
  async #answer(): Promise<void> {
    await new Promise<void>((resolve) => this.#surroundings.clock.soon(resolve))
    if (this.#surroundings.faults.isAway) throw new BrokerUnavailable('the broker is away')
  }

  #onCommit(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Which groups are behind, and by how many messages; '' for none. */
  #lags(): string {
    return [...this.#groups.values()]
      .filter(({ lag }) => lag > 0)
      .map(({ name, lag }) => `${name} is ${lag} messages behind`)
      .join(', ')
  }
}

/** Waits no longer than that. */
function within(ms: number, work: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    void work.then(() => {
      cancel()
      resolve()
    })
  })
}
