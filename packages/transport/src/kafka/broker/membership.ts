import type { IncomingMessage, SubscribeOptions } from '@assent/contract'
import type { Consumer, GroupPartitionsAssigner } from '@platformatic/kafka'
import { HeldPartition } from '../delivery/index.ts'
import { Closable } from './client.ts'
import { Fetching } from './fetching.ts'
import { Holdings, type Share } from './holdings.ts'
import type { Library } from './library.ts'
import {
  CLOSE_STEP_MS,
  COMMIT_INTERVAL_MS,
  FETCH_GRACE_MS,
  FETCH_WAIT_MS,
  HEARTBEAT_MS,
  MEMBER_GRACE_MS,
  REBALANCE_TIMEOUT_MS,
  SESSION_TIMEOUT_MS,
} from './limits.ts'
import { connectionOptions, type KafkaBrokerOptions } from './options.ts'
import { shareOut } from './partitions.ts'
import { NONE, positionsOf } from './positions.ts'
import { within } from './within.ts'

export interface MembershipOptions {
  library: Library
  broker: KafkaBrokerOptions
  subscription: SubscribeOptions
  take(held: HeldPartition, messages: readonly IncomingMessage[]): void
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
    this.#group = new Closable(new library.Consumer(groupOptions(options)))
    this.#reader = new Closable(
      new library.Consumer({
        ...connectionOptions(broker),
        groupId: subscription.group,
        retries: 0,
        requestTimeout: FETCH_WAIT_MS + FETCH_GRACE_MS,
      }),
    )
    for (const topic of subscription.topics) {
      this.#group.client.topics.track(topic)
      this.#reader.client.topics.track(topic)
    }
    this.#fetching = new Fetching({
      consumer: this.#reader.client,
      topics: subscription.topics,
      readable: () => (this.#isSharing ? [] : this.#holdings.all),
      take: options.take,
      restart: (held, first) => this.#restart(held, first),
      onError: options.onError,
    })
    this.lost = new Promise((_resolve, reject) => {
      this.#lose = (error) => {
        this.#isLost = true
        this.#holdings.loseAll()
        this.#fetching.stop()
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
    const { timeoutMs } = timesOf(this.#options.broker)
    // It joins, and then it is told its share.
    await within(2 * timeoutMs, 'joining the group', this.#group.client.joinGroup({}))
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
  }

  /** Commits what has ended, unless it is lost, and leaves the group. */
  async close(): Promise<void> {
    this.#fetching.stop()
    clearTimeout(this.#commitTimer)
    if (!this.#isLost) await within(CLOSE_STEP_MS, 'committing', this.#commit()).catch(() => {})
    if (!this.#isLost) this.#lose(new Error('it was closed'))
    await Promise.all([this.#group.close(), this.#reader.close()])
  }

  #listen(): void {
    const group = this.#group.client
    group.on('consumer:group:rebalance', () => {
      // What has ended until now is committed before the partitions are someone else's: this goes out ahead.
      void this.#commit()
      this.#isSharing = true
      this.#share = undefined
    })
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

/** How long a member may be silent, how long the others wait for it, and how long it waits for an answer. */
function timesOf({ sessionTimeoutMs = SESSION_TIMEOUT_MS }: KafkaBrokerOptions) {
  const rebalanceMs = Math.max(REBALANCE_TIMEOUT_MS, sessionTimeoutMs)
  return { sessionMs: sessionTimeoutMs, rebalanceMs, timeoutMs: rebalanceMs + MEMBER_GRACE_MS }
}

function groupOptions({ broker, subscription }: MembershipOptions) {
  const { sessionMs, rebalanceMs, timeoutMs } = timesOf(broker)
  return {
    ...connectionOptions(broker),
    groupId: subscription.group,
    sessionTimeout: sessionMs,
    rebalanceTimeout: rebalanceMs,
    heartbeatInterval: HEARTBEAT_MS,
    heartbeatStallTimeout: sessionMs,
    requestTimeout: timeoutMs,
    // With retries it would join again by itself within a commit, and then commit for an earlier share.
    retries: 0,
    partitionAssigner,
  } satisfies ConstructorParameters<Library['Consumer']>[0]
}

/** Instead of the library's, which shares only the topics of one member, and gives them to members that did not ask. */
const partitionAssigner: GroupPartitionsAssigner = (_current, members, _topics, metadata) => {
  const askers = [...members].map(([memberId, { topics = [] }]) => ({ memberId, topics }))
  const shares = shareOut(askers, (topic) => metadata.topics.get(topic)?.partitionsCount ?? 0)
  return [...shares].map(([memberId, share]) => ({
    memberId,
    assignments: new Map([...share].map(([topic, partitions]) => [topic, { topic, partitions }])),
  }))
}

const UNKNOWN_EPOCH = -1
