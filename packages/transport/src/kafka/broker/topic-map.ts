import { BrokerUnavailable, MessageInvalid, type OutgoingMessage } from '@assent/contract'
import type { ClusterMetadata } from '@platformatic/kafka'
import { METADATA_MAX_AGE_MS } from './limits.ts'

/** What is known of a topic: its partitions, and who led each when it was asked. */
interface Known {
  leaders: readonly number[]
  askedAt: number
}

/** What is known of topics: to be asked again after a while. */
export class TopicMap {
  readonly #known = new Map<string, Known>()

  /** The topics of these messages that must be asked for before the messages can be placed. */
  missing(messages: readonly OutgoingMessage[], now: number): string[] {
    const missing = new Set<string>()
    for (const { topic, partition = 0 } of messages) {
      const known = this.#known.get(topic)
      const isKnown = known !== undefined && now - known.askedAt < METADATA_MAX_AGE_MS
      // A partition may have been added since.
      const isFresh = known !== undefined && now - known.askedAt < PARTITION_ASKED_AGAIN_MS
      if (!isKnown || (partition >= known.leaders.length && !isFresh)) missing.add(topic)
    }
    return [...missing]
  }

  learn(metadata: Pick<ClusterMetadata, 'topics'>, now: number): void {
    for (const [topic, { partitions }] of metadata.topics) {
      this.#known.set(topic, { leaders: partitions.map(({ leader }) => leader), askedAt: now })
    }
  }

  partitions(topic: string): number {
    const partitions = this.#known.get(topic)?.leaders.length ?? 0
    if (partitions === 0) throw new BrokerUnavailable(`there is no topic ${topic}`)
    return partitions
  }

  /** Throws MessageInvalid for a partition that the topic lacks. */
  leader(topic: string, partition: number): number {
    const leader = this.#known.get(topic)?.leaders[partition]
    if (leader === undefined) throw new MessageInvalid(`${topic} has no partition ${partition}`)
    return leader
  }
}

/** How soon a topic is asked again for a partition that it lacked. */
const PARTITION_ASKED_AGAIN_MS = 1_000
