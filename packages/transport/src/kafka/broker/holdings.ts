import type { HeldPartition } from '../delivery/index.ts'

/** What a member was told when partitions were shared. */
export interface Share {
  memberId: string
  /** Counts up by one each time. */
  generation: number
  partitions: readonly TopicPartition[]
}

export interface TopicPartition {
  topic: string
  partition: number
}

/** The partitions that a member has. */
export class Holdings {
  readonly #held = new Map<string, HeldPartition>()
  #last: Share | undefined

  get all(): readonly HeldPartition[] {
    return [...this.#held.values()]
  }

  of(topic: string): readonly number[] {
    const ofTopic = this.all.filter((held) => held.topic === topic)
    return ofTopic.map(({ partition }) => partition).sort((one, two) => one - two)
  }

  /**
   * Loses what is not in the share and answers what is new in it. A partition that it has in two shares behind one
   * another, or in one that it is told again, was nobody else's meanwhile, and reading goes on where it is; else it begins again at what is committed.
   */
  share(share: Share): readonly TopicPartition[] {
    const last = this.#last
    const goesOn =
      last?.memberId === share.memberId &&
      (last.generation === share.generation || last.generation + 1 === share.generation)
    const stays = new Set(goesOn ? share.partitions.map(keyOf) : [])
    for (const [key, held] of this.#held) if (!stays.has(key)) this.#lose(key, held)
    this.#last = share
    return share.partitions.filter((partition) => !this.#held.has(keyOf(partition)))
  }

  /** Has a partition, in place of what it had of it. */
  add(held: HeldPartition): void {
    const key = keyOf(held)
    const before = this.#held.get(key)
    if (before !== undefined) before.isLost = true
    this.#held.set(key, held)
  }

  loseAll(): void {
    for (const [key, held] of this.#held) this.#lose(key, held)
    this.#last = undefined
  }

  #lose(key: string, held: HeldPartition): void {
    held.isLost = true
    this.#held.delete(key)
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
