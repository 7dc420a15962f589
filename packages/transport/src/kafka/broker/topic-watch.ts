import type { ClusterMetadata, Consumer } from '@platformatic/kafka'
import { isMissingTopic } from './failure.ts'
import { MISSING_LOOK_MS } from './limits.ts'

export interface TopicWatchOptions {
  topics: readonly string[]
  /** How often it is looked, unless a topic is missing, for which it is looked sooner. */
  lookMs: number
  /** The topics that are there, and how many partitions each has. */
  ask(topics: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Topics came or went, or have more partitions than when they were shared. */
  onChange(there: readonly string[]): void
  /** Some of several topics are missing. */
  onMissing(topics: readonly string[]): void
}

/** Looks now and then which of its topics are there, and how many partitions they have. */
export class TopicWatch {
  readonly #options: TopicWatchOptions
  /** By topic the partitions that were shared. */
  #shared: ReadonlyMap<string, number> = new Map()
  #isMissing = false
  #isLooking = false
  #isStopped = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: TopicWatchOptions) {
    this.#options = options
  }

  /** Answers which topics are there, and looks again from now on. */
  async begin(): Promise<readonly string[]> {
    const there = await this.#ask()
    this.#lookLater()
    return [...there.keys()]
  }

  /** These are the topics that are being shared, as they are now. */
  sharing({ topics }: Pick<ClusterMetadata, 'topics'>): ReadonlyMap<string, number> {
    this.#shared = new Map([...topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]))
    return this.#shared
  }

  /** Looks at once: something was not there. */
  async look(): Promise<void> {
    if (this.#isLooking || this.#isStopped) return
    this.#isLooking = true
    clearTimeout(this.#timer)
    try {
      const there = await this.#ask()
      if (!this.#isStopped && !isSame(there, this.#shared)) this.#options.onChange([...there.keys()])
    } catch {
      // Whether the brokers are there at all, the group learns by itself.
    }
    this.#isLooking = false
    this.#lookLater()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #lookLater(): void {
    if (this.#isStopped) return
    const { lookMs } = this.#options
    const ms = this.#isMissing ? Math.min(MISSING_LOOK_MS, lookMs) : lookMs
    this.#timer = setTimeout(() => void this.look(), ms)
  }

  async #ask(): Promise<ReadonlyMap<string, number>> {
    const { topics, ask, onMissing } = this.#options
    const there = await ask(topics)
    const missing = topics.filter((topic) => !there.has(topic))
    this.#isMissing = missing.length > 0
    if (this.#isMissing && there.size > 0) onMissing(missing)
    return there
  }
}

/** Each topic is asked for by itself: of several the library tells nothing when one is missing, and may name another. */
export async function partitionCounts(
  client: Pick<Consumer, 'metadata'>,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = await Promise.all(
    topics.map(async (topic) => {
      try {
        const metadata = await client.metadata({ topics: [topic], forceUpdate: true, retries: 0 })
        return metadata.topics.get(topic)?.partitionsCount
      } catch (error) {
        if (isMissingTopic(error)) return undefined
        throw error
      }
    }),
  )
  const there = topics.map((topic, index) => [topic, counts[index]] as const)
  return new Map(there.filter((each): each is [string, number] => each[1] !== undefined))
}

function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([topic, count]) => other.get(topic) === count)
}
