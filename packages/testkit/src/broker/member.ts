import type { SubscribeOptions } from '@assent/contract'
import type { Clock } from '@assent/engine'
import { Deliveries, type Delivery, HeldPartition } from '@assent/transport/kafka/delivery'
import type { Random } from '../time/random.ts'
import { type BrokerFaults, Counter } from './faults.ts'
import type { Topics } from './topics.ts'

/** Messages of a partition that come at once. */
const READ_AT_ONCE = 100
/** How long messages gather that are to come out of order: one alone has no order. */
const GATHERING_MS = 2

export interface Surroundings {
  topics: Topics
  faults: BrokerFaults
  clock: Clock
  random: Random
  /** Something was committed. */
  onCommit(): void
}

/** How far a group is in each partition. */
export interface Progress {
  position(topic: string, partition: number, from: 'earliest' | 'latest'): bigint
  commit(topic: string, partition: number, offset: bigint): void
}

/** One subscription: has a share of the partitions of its group, reads them and commits what has ended. */
export class Member {
  readonly topics: readonly string[]
  readonly #progress: Progress
  readonly #surroundings: Surroundings
  readonly #from: 'earliest' | 'latest'
  readonly #deliveries: Deliveries
  readonly #twice = new Counter()
  #held: readonly HeldPartition[] = []
  #isReading = false
  #isStopped = false

  constructor(options: SubscribeOptions, progress: Progress, surroundings: Surroundings) {
    this.topics = options.topics
    this.#progress = progress
    this.#surroundings = surroundings
    this.#from = options.from ?? 'earliest'
    const { after } = surroundings.clock
    this.#deliveries = new Deliveries({
      ...options,
      after,
      onEnd: (held) => this.#onEnd(held),
      onRoom: () => this.read(),
    })
  }

  partitions(topic: string): readonly number[] {
    return this.#held.filter((held) => held.topic === topic).map(({ partition }) => partition)
  }

  /** Loses whatever is not in its share. */
  lose(share: readonly [topic: string, partition: number][]): void {
    const stays = (held: HeldPartition) =>
      share.some(([topic, partition]) => held.topic === topic && held.partition === partition)
    for (const held of this.#held) held.isLost = !stays(held)
    this.#held = this.#held.filter(({ isLost }) => !isLost)
  }

  hold(share: readonly [topic: string, partition: number][]): void {
    this.lose(share)
    const before = this.#held
    this.#held = share.map(
      ([topic, partition]) =>
        before.find((held) => held.topic === topic && held.partition === partition) ??
        new HeldPartition(topic, partition, this.#progress.position(topic, partition, this.#from)),
    )
    this.read()
  }

  /** Reads soon what there is, as far as there is room. */
  read(): void {
    if (this.#isReading || this.#isStopped) return
    this.#isReading = true
    const { clock, faults } = this.#surroundings
    const readNow = (): void => {
      this.#isReading = false
      if (!this.#isStopped) for (const held of this.#held) this.#readFrom(held)
    }
    if (faults.isOutOfOrder) clock.after(GATHERING_MS, readNow)
    else clock.soon(readNow)
  }

  /** Begins nothing any more; resolves when what is under way has ended and is committed. */
  stop(): Promise<void> {
    this.#isStopped = true
    return this.#deliveries.stop()
  }

  #readFrom(held: HeldPartition): void {
    while (held.hasRoom) {
      const messages = this.#surroundings.topics.read(held.topic, held.partition, held.position, READ_AT_ONCE)
      if (messages.length === 0) return
      const { faults } = this.#surroundings
      const received = messages.flatMap((message) =>
        this.#twice.isNth(faults.twiceEvery) ? [message, message] : [message],
      )
      this.#deliveries.take(held, received, (deliveries) =>
        faults.isOutOfOrder ? this.#shuffled(deliveries) : deliveries,
      )
    }
  }

  #shuffled(deliveries: Delivery[]): Delivery[] {
    const { random } = this.#surroundings
    for (let index = deliveries.length - 1; index > 0; index--) {
      const other = random.whole(0, index)
      const [one, two] = [deliveries[index], deliveries[other]] as [Delivery, Delivery]
      deliveries[index] = two
      deliveries[other] = one
    }
    return deliveries
  }

  #onEnd(held: HeldPartition): void {
    const offset = held.toCommit
    if (offset !== undefined) {
      held.committed(offset)
      this.#progress.commit(held.topic, held.partition, offset)
      this.#surroundings.onCommit()
    }
  }
}
