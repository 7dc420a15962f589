import type { Member, Progress, Surroundings } from './member.ts'

/** The members that share the partitions of their topics, and how far they are. */
export class Group implements Progress {
  readonly name: string
  readonly #surroundings: Surroundings
  readonly #members: Member[] = []
  readonly #committed = new Map<string, bigint>()

  constructor(name: string, surroundings: Surroundings) {
    this.name = name
    this.#surroundings = surroundings
  }

  get members(): readonly Member[] {
    return this.#members
  }

  join(member: Member): void {
    this.#members.push(member)
    this.share()
  }

  leave(member: Member): void {
    const index = this.#members.indexOf(member)
    if (index < 0) return
    this.#members.splice(index, 1)
    member.hold([])
    this.share()
  }

  /** Gives each partition to a member that asks for its topic, in turns; to nobody while the broker is away. */
  share(): void {
    const shares = new Map<Member, [topic: string, partition: number][]>()
    for (const member of this.#members) shares.set(member, [])
    if (!this.#surroundings.faults.isAway) this.#shareInTurns(shares)
    // What one member loses is lost before another has it.
    for (const [member, share] of shares) member.lose(share)
    for (const [member, share] of shares) member.hold(share)
  }

  #shareInTurns(shares: Map<Member, [topic: string, partition: number][]>): void {
    for (const topic of new Set(this.#members.flatMap(({ topics }) => topics))) {
      const askers = this.#members.filter(({ topics }) => topics.includes(topic))
      for (let partition = 0; partition < this.#surroundings.topics.partitions(topic); partition++) {
        const asker = askers[partition % askers.length]
        if (asker !== undefined) shares.get(asker)?.push([topic, partition])
      }
    }
  }

  /** Where whoever has this partition now begins to read. */
  position(topic: string, partition: number, from: 'earliest' | 'latest'): bigint {
    const known = this.#committed.get(keyOf(topic, partition))
    if (known !== undefined) return known
    const begun = from === 'earliest' ? 0n : this.#surroundings.topics.end(topic, partition)
    // A group that began at the end is there, though it has handled nothing yet.
    this.commit(topic, partition, begun)
    return begun
  }

  commit(topic: string, partition: number, offset: bigint): void {
    this.#committed.set(keyOf(topic, partition), offset)
  }

  committed(topic: string, partition: number): bigint {
    return this.#committed.get(keyOf(topic, partition)) ?? 0n
  }

  /** Messages of a partition that the group has not dealt with yet. */
  get lag(): number {
    let lag = 0n
    for (const topic of new Set(this.#members.flatMap(({ topics }) => topics))) {
      for (let partition = 0; partition < this.#surroundings.topics.partitions(topic); partition++) {
        lag += this.#surroundings.topics.end(topic, partition) - this.committed(topic, partition)
      }
    }
    return Number(lag)
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
