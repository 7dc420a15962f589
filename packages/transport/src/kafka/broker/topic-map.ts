import { BrokerUnavailable, MessageInvalid, type OutgoingMessage } from '@assent/contract'
import type { ClusterMetadata } from '@platformatic/kafka'
import { METADATA_MAX_AGE_MS } from './limits.ts'

/** What is known of a topic: its partitions, and who led each when it was asked. */
interface Known {
  leaders: readonly number[]
  askedAt: number
}

/** What is known of topics. It grows old, and is better than nothing while nobody answers. */
export class TopicMap {
  readonly #known = new Map<string, Known>()

  /** The topics that must be asked for before these messages can be placed. */
  missing(messages: readonly OutgoingMessage[], now: number): string[] {
    const missing = new Set<string>()
    for (const { topic, partition = 0 } of messages) {
      const known = this.#known.get(topic)
      // A partition may have been added since.
      const isPlaced =
        known !== undefined &&
        (partition < known.leaders.length || now - known.askedAt < PARTITION_ASKED_AGAIN_MS)
      if (!isPlaced) missing.add(topic)
    }
    return [...missing]
  }

  /** The topics of which something else may be true by now. */
  old(now: number): string[] {
    return [...this.#known]
      .filter(([, { askedAt }]) => now - askedAt > METADATA_MAX_AGE_MS)
      .map(([topic]) => topic)
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
