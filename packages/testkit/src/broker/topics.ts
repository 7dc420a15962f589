import {
  BrokerUnavailable,
  type IncomingMessage,
  MessageInvalid,
  type NewTopic,
  type OutgoingMessage,
  TOPIC_PATTERN,
} from '@assent/contract'

/** As long as the value of a message may be, as in a Kafka that was not told otherwise. */
export const MESSAGE_MAX_BYTES = 1024 * 1024

type Log = IncomingMessage[]

/** What a memory broker keeps: messages by topic and partition, from offset 0 on. */
export class Topics {
  readonly #topics = new Map<string, Log[]>()
  /** Partitions of a topic that is made because someone names it; undefined where it must be made first. */
  readonly #partitionsByDefault: number | undefined

  constructor(partitionsByDefault: number | undefined) {
    this.#partitionsByDefault = partitionsByDefault
  }

  /** Answers whether it was missing. */
  create({ topic, partitions }: NewTopic): boolean {
    if (this.#topics.has(topic)) return false
    mustBeName(topic)
    if (!Number.isSafeInteger(partitions) || partitions < 1) {
      throw new RangeError(`${topic} needs a partition at least, not ${partitions}`)
    }
    this.#topics.set(
      topic,
      Array.from({ length: partitions }, () => []),
    )
    return true
  }

  /** How many partitions a topic has; 0 where it is missing. */
  partitions(topic: string): number {
    return this.#logs(topic)?.length ?? 0
  }

  /** Keeps all, or throws and keeps none. */
  append(messages: readonly OutgoingMessage[], timestamp: number): void {
    const logs = messages.map((message) => this.#logFor(message))
    messages.forEach(({ topic, key, value, headers = {} }, index) => {
      const { log, partition } = logs[index] as { log: Log; partition: number }
      const named = Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text])
      const offset = BigInt(log.length)
      log.push({ topic, partition, offset, key, value, headers: Object.fromEntries(named), timestamp })
    })
  }

  read(topic: string, partition: number, from: bigint, most: number): readonly IncomingMessage[] {
    return this.#logs(topic)?.[partition]?.slice(Number(from), Number(from) + most) ?? []
  }

  /** The offset that the next message will have. */
  end(topic: string, partition: number): bigint {
    return BigInt(this.#logs(topic)?.[partition]?.length ?? 0)
  }

  /** By partition, and within it by offset. */
  all(topic: string): readonly IncomingMessage[] {
    return this.#topics.get(topic)?.flat() ?? []
  }

  #logFor({ topic, key, value, partition }: OutgoingMessage): { log: Log; partition: number } {
    if (Buffer.byteLength(value) > MESSAGE_MAX_BYTES) {
      throw new MessageInvalid(`a message for ${topic} is longer than ${MESSAGE_MAX_BYTES} bytes`)
    }
    mustBeName(topic)
    const logs = this.#logs(topic)
    if (logs === undefined) throw new BrokerUnavailable(`there is no topic ${topic}`)
    const chosen = partition ?? hashOf(key) % logs.length
    const log = logs[chosen]
    if (log === undefined) throw new MessageInvalid(`${topic} has no partition ${chosen}`)
    return { log, partition: chosen }
  }

  #logs(topic: string): Log[] | undefined {
    if (!this.#topics.has(topic) && this.#partitionsByDefault !== undefined) {
      this.create({ topic, partitions: this.#partitionsByDefault })
    }
    return this.#topics.get(topic)
  }
}

function mustBeName(topic: string): void {
  if (!TOPIC_PATTERN.test(topic)) throw new MessageInvalid(`"${topic}" is no name of a topic`)
}

/** FNV-1a: equal keys, equal partitions; it need not be that of a real broker. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193) >>> 0
  }
  return hash
}
