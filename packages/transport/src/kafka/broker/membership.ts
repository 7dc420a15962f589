import { BrokerUnavailable, type IncomingMessage, type SubscribeOptions } from '@assent/contract'
import type { ClusterMetadata, Consumer } from '@platformatic/kafka'
import { HeldPartition } from '../delivery/index.ts'
import { Closable } from './client.ts'
import { Fetching } from './fetching.ts'
import { groupOptions, timesOf } from './group-options.ts'
import { Holdings, type Share } from './holdings.ts'
import type { Library } from './library.ts'
import {
  CLOSE_STEP_MS,
  COMMIT_INTERVAL_MS,
  FETCH_GRACE_MS,
  FETCH_WAIT_MS,
  MEMBER_GRACE_MS,
  TOPICS_LOOK_MS,
} from './limits.ts'
import { connectionOptions, type KafkaBrokerOptions } from './options.ts'
import { NONE, positionsOf } from './positions.ts'
import { partitionCounts, TopicWatch } from './topic-watch.ts'
import { within } from './within.ts'

export interface MembershipOptions {
  library: Library
  broker: KafkaBrokerOptions
  subscription: SubscribeOptions
  take(held: HeldPartition, messages: readonly IncomingMessage[]): void
  /** Some of its topics are missing; the others are read. */
  onMissing(topics: readonly string[]): void
  onError(error: unknown): void
}

/**
 * One life of a member in its group, from joining until something goes wrong that the library does not mend: then all
 * its partitions are lost, and whoever made it makes another.
 */
export class Membership {
  readonly #options: MembershipOptions
  readonly #group: Closable<Consumer>
  readonly #reader: Closable<Consumer>
  readonly #holdings = new Holdings()
  readonly #fetching: Fetching
  readonly #topics: TopicWatch
  #commitTimer: NodeJS.Timeout | undefined
  /** The share that is being dealt with; an older one is of no interest any more. */
  #share: Share | undefined
  #isSharing = true
  #isLost = false
  #lose: (error: unknown) => void = () => {}
  /** Rejects when the membership is lost. */
  readonly lost: Promise<never>

  constructor(options: MembershipOptions) {
    this.#options = options
    const { library, broker, subscription } = options
    this.#group = new Closable(
      new library.Consumer(groupOptions(broker, subscription, (topics) => this.#tell(topics))),
    )
    this.#reader = new Closable(
      new library.Consumer({
        ...connectionOptions(broker),
        groupId: subscription.group,
        retries: 0,
        requestTimeout: FETCH_WAIT_MS + FETCH_GRACE_MS,
      }),
    )
    this.#topics = new TopicWatch({
      topics: [...new Set(subscription.topics)],
      lookMs: broker.topicsLookMs ?? TOPICS_LOOK_MS,
      ask: (topics) =>
        within(MEMBER_GRACE_MS, 'asking for topics', partitionCounts(this.#group.client, topics)),
      onChange: (there) => void this.#shareAnew(there),
      onMissing: options.onMissing,
    })
    this.#fetching = new Fetching({
      consumer: this.#reader.client,
      readable: () => (this.#isSharing ? [] : this.#holdings.all),
      take: options.take,
      restart: (held, first) => this.#restart(held, first),
      onMissing: () => void this.#topics.look(),
      onError: options.onError,
    })
    this.lost = new Promise((_resolve, reject) => {
      this.#lose = (error) => {
        this.#isLost = true
        this.#holdings.loseAll()
        this.stop()
        clearTimeout(this.#commitTimer)
        reject(error)
      }
    })
    this.lost.catch(() => {})
    this.#listen()
  }

  partitions(topic: string): readonly number[] {
    return this.#holdings.of(topic)
  }

  /** Resolves when it is a member and has its first share. */
  async join(): Promise<void> {
    await this.#joinFor(await this.#topics.begin())
  }

  /** There may be room for more. */
  look(): void {
    this.#fetching.look()
  }

  /** A message of this partition has ended: there may be something to commit. */
  ended(held: HeldPartition): void {
    if (this.#isLost || held.isLost) return
    this.#commitTimer ??= setTimeout(() => {
      this.#commitTimer = undefined
      void this.#commit()
    }, COMMIT_INTERVAL_MS)
  }

  /** Reads nothing any more; what was read goes on. */
  stop(): void {
    this.#fetching.stop()
    this.#topics.stop()
  }

  /** Commits what has ended, unless it is lost, and leaves the group. */
  async close(): Promise<void> {
    this.stop()
    clearTimeout(this.#commitTimer)
    if (!this.#isLost) await within(CLOSE_STEP_MS, 'committing', this.#commit()).catch(() => {})
    if (!this.#isLost) this.#lose(new Error('it was closed'))
    await Promise.all([this.#group.close(), this.#reader.close()])
  }

  #listen(): void {
    const group = this.#group.client
    group.on('consumer:group:rebalance', () => this.#beginSharing())
    group.on('consumer:group:join', ({ memberId, generationId = 0, assignments = [] }) => {
      const partitions = assignments.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      )
      void this.#onShare({ memberId, generation: generationId, partitions })
    })
    group.on('consumer:heartbeat:stalled', ({ lastError }) => {
      this.#lose(lastError ?? new Error('the group does not answer'))
    })
    // The library gave up joining again.
    group.on('error', (error: unknown) => this.#lose(error))
  }

  #beginSharing(): void {
    // What has ended until now is committed before the partitions are someone else's: this goes out ahead.
    void this.#commit()
    this.#isSharing = true
    this.#share = undefined
  }

  /** Topics came or went, or have more partitions. */
  async #shareAnew(topics: readonly string[]): Promise<void> {
    // It is looked again, and partitions are being shared as it is.
    if (this.#isSharing) return
    this.#beginSharing()
    try {
      await this.#joinFor(topics)
    } catch (error) {
      if (!this.#isLost) this.#lose(error)
    }
  }

  async #joinFor(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) {
      throw new BrokerUnavailable(`there is no topic ${this.#options.subscription.topics.join(' or ')}`)
    }
    for (const { client } of [this.#group, this.#reader]) {
      client.topics.clear()
      client.topics.trackAll(...topics)
    }
    const { timeoutMs } = timesOf(this.#options.broker)
    // It joins, and then it is told its share.
    await within(2 * timeoutMs, 'joining the group', this.#group.client.joinGroup({}))
  }

  #tell(metadata: ClusterMetadata): ReadonlyMap<string, number> {
    // Whoever shares out is to ask anew for the topics of the other members, and whoever reads for the leaders.
    for (const { client } of [this.#group, this.#reader]) client.clearMetadata()
    return this.#topics.sharing(metadata)
  }

  async #onShare(share: Share): Promise<void> {
    this.#share = share
    try {
      const fresh = this.#holdings.share(share)
      const { library, subscription } = this.#options
      const held = await within(
        MEMBER_GRACE_MS,
        'reading what is committed',
        positionsOf(this.#group.client, fresh, subscription.from ?? 'earliest', library.ListOffsetTimestamps),
      )
      if (this.#share !== share || this.#isLost) return
      for (const each of held) this.#holdings.add(each)
      this.#isSharing = false
      this.#fetching.look()
      // Also of what stays, whose commits were passed over meanwhile.
      void this.#commit()
    } catch (error) {
      if (this.#share === share && !this.#isLost) this.#lose(error)
    }
  }

  #restart(held: HeldPartition, first: bigint): void {
    const { topic, partition, position } = held
    this.#options.onError(
      new Error(`${topic}/${partition} has nothing at ${position}; it is read from ${first} on`),
    )
    this.#holdings.add(new HeldPartition(topic, partition, first, NONE))
  }

  async #commit(): Promise<void> {
    const held = this.#holdings.all.flatMap((each) => {
      const offset = each.toCommit
      return offset === undefined ? [] : [{ each, offset }]
    })
    if (held.length === 0 || this.#isSharing) return
    const offsets = held.map(({ each: { topic, partition }, offset }) => {
      return { topic, partition, offset, leaderEpoch: UNKNOWN_EPOCH }
    })
    try {
      await this.#group.client.commit({ offsets })
      for (const { each, offset } of held) each.committed(offset)
    } catch {
      // It is committed with the next; whether the group is lost shows the heartbeat.
      for (const { each } of held) this.ended(each)
    }
  }
}

const UNKNOWN_EPOCH = -1
