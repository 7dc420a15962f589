import type { IncomingMessage } from '@assent/contract'
import type { ClusterMetadata, Consumer } from '@platformatic/kafka'
import type { HeldPartition } from '../delivery/index.ts'
import { codesOf, isMissingTopic } from './failure.ts'
import {
  FETCH_GRACE_MS,
  FETCH_MAX_BYTES,
  FETCH_PARTITION_MAX_BYTES,
  FETCH_PAUSE_MAX_MS,
  FETCH_PAUSE_MS,
  FETCH_WAIT_CROWDED_MS,
  FETCH_WAIT_MS,
} from './limits.ts'
import { Pause } from './pause.ts'
import { decode } from './records.ts'
import { within } from './within.ts'

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

export interface FetchingOptions {
  /** A client that is in no group: a request that waits for messages would hold up whatever else it says. */
  consumer: Consumer
  /** The partitions that may be read now. */
  readable(): readonly HeldPartition[]
  take(held: HeldPartition, messages: readonly IncomingMessage[]): void
  /** What was to be read is not there: reading begins again at the first offset that is. */
  restart(held: HeldPartition, first: bigint): void
  /** A topic is not there any more. */
  onMissing(): void
  /** Told once when fetching begins to fail. */
  onError(error: unknown): void
}

/** Reads partitions from their leaders, one request at a time for each, as far as there is room. */
export class Fetching {
  readonly #options: FetchingOptions
  readonly #fetching = new Set<number>()
  readonly #pause = new Pause(FETCH_PAUSE_MS, FETCH_PAUSE_MAX_MS)
  #isLooking = false
  #isAskedAgain = false
  #isStopped = false

  constructor(options: FetchingOptions) {
    this.#options = options
  }

  /** There may be something new to read, or room for it. */
  look(): void {
    this.#isAskedAgain = true
    if (!this.#isLooking && !this.#isStopped) void this.#look()
  }

  stop(): void {
    this.#isStopped = true
    this.#pause.cut()
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    while (this.#isAskedAgain && !this.#isStopped) {
      this.#isAskedAgain = false
      try {
        await this.#lookOnce()
      } catch (error) {
        await this.#fail(error)
      }
    }
    this.#isLooking = false
  }

  async #lookOnce(): Promise<void> {
    const readable = this.#options.readable()
    if (readable.length === 0) return
    const { consumer } = this.#options
    const topics = [...new Set(readable.map(({ topic }) => topic))]
    const metadata = await within(FETCH_GRACE_MS, 'fetching', consumer.metadata({ topics }))
    const byLeader = new Map<number, HeldPartition[]>()
    for (const held of readable) {
      const leader = metadata.topics.get(held.topic)?.partitions[held.partition]?.leader ?? NOBODY
      const others = byLeader.get(leader)
      if (others === undefined) byLeader.set(leader, [held])
      else others.push(held)
    }
    for (const [leader, held] of byLeader) {
      if (!this.#fetching.has(leader) && held.some(({ hasRoom }) => hasRoom)) {
        void this.#fetch(leader, held, metadata)
      }
    }
  }

  async #fetch(leader: number, readable: readonly HeldPartition[], metadata: ClusterMetadata): Promise<void> {
    this.#fetching.add(leader)
    const asked = readable.filter(({ hasRoom }) => hasRoom)
    const waitMs = asked.length === readable.length ? FETCH_WAIT_MS : FETCH_WAIT_CROWDED_MS
    try {
      const response = await this.#request(leader, asked, metadata, waitMs)
      this.#take(asked, response, metadata)
      this.#pause.reset()
    } catch (error) {
      if (!this.#restart(asked, error, metadata)) await this.#fail(error)
    }
    this.#fetching.delete(leader)
    this.look()
  }

  #request(
    leader: number,
    asked: readonly HeldPartition[],
    metadata: ClusterMetadata,
    waitMs: number,
  ): Promise<FetchResponse> {
    const byTopic = Map.groupBy(asked, ({ topic }) => topic)
    const topics = [...byTopic].map(([topic, partitions]) => ({
      topicId: metadata.topics.get(topic)?.id ?? '',
      partitions: partitions.map(({ partition, position }) => ({
        partition,
        fetchOffset: position,
        partitionMaxBytes: FETCH_PARTITION_MAX_BYTES,
        currentLeaderEpoch: UNKNOWN_EPOCH,
        lastFetchedEpoch: UNKNOWN_EPOCH,
      })),
    }))
    const fetched = this.#options.consumer.fetch({
      node: leader,
      topics,
      minBytes: 1,
      maxBytes: FETCH_MAX_BYTES,
      maxWaitTime: waitMs,
      // Only up to the first transaction that has not ended. What the library leaves of aborted ones goes in `decode`.
      isolationLevel: READ_COMMITTED,
    })
    return within(waitMs + FETCH_GRACE_MS, 'fetching', fetched)
  }

  #take(asked: readonly HeldPartition[], response: FetchResponse, metadata: ClusterMetadata): void {
    for (const { topicId, partitions } of response.responses) {
      for (const { partitionIndex, records, abortedTransactions } of partitions) {
        const held = find(asked, topicId, partitionIndex, metadata)
        if (held === undefined || held.isLost || !records) continue
        const { topic, partition, position } = held
        const { messages, next } = decode(topic, partition, records, position, abortedTransactions ?? [])
        this.#options.take(held, messages)
        held.moveTo(next)
      }
    }
  }

  /** Begins again where what was to be read is not kept any longer, or never was. Answers whether that was the error. */
  #restart(asked: readonly HeldPartition[], error: unknown, metadata: ClusterMetadata): boolean {
    const { response } = error as { response?: FetchResponse }
    if (response === undefined || !codesOf(error).has('OFFSET_OUT_OF_RANGE')) return false
    for (const { topicId, partitions } of response.responses) {
      for (const { partitionIndex, errorCode, logStartOffset } of partitions) {
        const held = find(asked, topicId, partitionIndex, metadata)
        if (held !== undefined && !held.isLost && errorCode === OFFSET_OUT_OF_RANGE) {
          this.#options.restart(held, logStartOffset)
        }
      }
    }
    return true
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#isStopped) return
    if (isMissingTopic(error)) this.#options.onMissing()
    else if (this.#pause.isFresh) this.#options.onError(error)
    this.#options.consumer.clearMetadata()
    await this.#pause.wait()
    this.#isAskedAgain = true
  }
}

function find(
  asked: readonly HeldPartition[],
  topicId: string,
  partition: number,
  metadata: ClusterMetadata,
): HeldPartition | undefined {
  return asked.find((held) => held.partition === partition && metadata.topics.get(held.topic)?.id === topicId)
}

/** Leads what nobody leads, or what is not known yet: it fails, and is asked for anew. */
const NOBODY = -1
const READ_COMMITTED = 1
const UNKNOWN_EPOCH = -1
const OFFSET_OUT_OF_RANGE = 1
