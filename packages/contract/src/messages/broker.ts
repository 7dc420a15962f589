/**
 * What Assent asks of a message broker, in the words of Kafka: topics of partitions, in which messages of one key keep
 * their order and are delivered at least once. Adapters for client libraries answer to it.
 */
export interface Broker {
  /**
   * Resolves when every message is kept by all replicas that are in sync; messages of one key stand in the order in
   * which they were sent. Throws BrokerUnavailable where that is not known: of each key the first ones may be kept, never
   * a later one without those before it, and all may be sent again. Throws MessageInvalid where one of them can never be
   * sent; others may be kept then.
   */
  send(messages: readonly OutgoingMessage[]): Promise<void>
  /**
   * Receives messages as one of a group that shares the partitions of its topics. Resolves at once, also while the
   * broker is away: it is joined as soon as it is there, and again whenever it was lost. Throws TypeError for a
   * `concurrency` that is no whole number from 1 on.
   */
  subscribe(options: SubscribeOptions): Promise<Subscription>
  /** Creates each topic where it is missing, and leaves alone what is there. Throws BrokerUnavailable. */
  createTopics(topics: readonly NewTopic[]): Promise<void>
  /** Resolves when the broker really answered. Throws BrokerUnavailable within `PING_TIMEOUT_MS`. */
  ping(): Promise<void>
  /** Sends what was given to it, leaves its groups and frees everything. */
  close(): Promise<void>
}

export interface OutgoingMessage {
  topic: string
  /** Messages of one key go to one partition, unless `partition` names another. */
  key: string
  value: string
  headers?: Readonly<Record<string, string>>
  partition?: number
}

export interface IncomingMessage {
  readonly topic: string
  readonly partition: number
  /** Within its partition; it may not fit a number. */
  readonly offset: bigint
  /** '' where it has none. */
  readonly key: string
  /** As it was sent, '' for a message without one. Bytes that are no UTF-8 become U+FFFD. */
  readonly value: string
  /** By lower-case name; of several of one name the last. */
  readonly headers: Readonly<Record<string, string>>
  /** Epoch milliseconds, as the broker or the sender says. */
  readonly timestamp: number
}

export interface SubscribeOptions {
  topics: readonly string[]
  group: string
  /** Where a group begins that has never been here: with what is there already, unless told `latest`. */
  from?: 'earliest' | 'latest'
  /** Messages under way at once, over all partitions; more wait in the broker. */
  concurrency?: number
  /** Whether messages of one key are dealt with one after another, as usual; others go side by side. */
  ordered?: boolean
  /**
   * Deals with one message. Its offset is committed once it and all before it in its partition have
   * resolved. One that rejects is given again, the same object, after a growing pause, until it resolves or the partition
   * is someone else's. The same message may come twice, and to two members of a group at once.
   */
  handle(message: IncomingMessage): Promise<void>
  /**
   * Told what a `handle` threw, that the oldest message of a partition does not end, that a topic is missing, and why
   * the group was lost; what goes on is told now and then. Writes to stderr by default.
   */
  onError?(error: unknown, message?: IncomingMessage): void
}

export interface Subscription {
  /** The partitions of a topic that this member has now; none while it is not in the group. */
  partitions(topic: string): readonly number[]
  /** Takes no more, waits a bounded while for what is under way, commits, and leaves the group. */
  close(): Promise<void>
}

export interface NewTopic {
  topic: string
  partitions: number
  /** As many as the broker does by default when absent. */
  replicas?: number
}

/** The broker did not answer, or not in time, or lacks the topic: what was asked of it may have happened, and may be asked again. */
export class BrokerUnavailable extends Error {
  override readonly name = 'BrokerUnavailable'
}

/** The broker will never take this message, such as one that is too large. */
export class MessageInvalid extends Error {
  override readonly name = 'MessageInvalid'
}

/** How long a ping waits for an answer. */
export const PING_TIMEOUT_MS = 2_000
