import type { IncomingMessage } from '@assent/contract'
import { Ledger, type Place } from './ledger.ts'
import { PARTITION_LENGTH_MAX, PARTITION_MESSAGES_MAX } from './limits.ts'

/** A partition while a member of a group has it. Once it is lost, nothing of it is begun or committed any more. */
export class HeldPartition {
  readonly topic: string
  readonly partition: number
  isLost = false
  readonly #ledger: Ledger
  /** What the group knows. */
  #committed: bigint
  #length = 0

  /** `position`: the offset to read from, which is what the group has committed, unless told otherwise. */
  constructor(topic: string, partition: number, position: bigint, committed = position) {
    this.topic = topic
    this.partition = partition
    this.#ledger = new Ledger(position)
    this.#committed = committed
  }

  /** The offset to read from. */
  get position(): bigint {
    return this.#ledger.position
  }

  /** Whether more may be received. */
  get hasRoom(): boolean {
    return !this.isLost && this.#ledger.size < PARTITION_MESSAGES_MAX && this.#length < PARTITION_LENGTH_MAX
  }

  /** Whether all that was received has ended. */
  get isIdle(): boolean {
    return this.#ledger.size === 0
  }

  begin(message: IncomingMessage): Place {
    this.#length += lengthOf(message)
    return this.#ledger.begin(message.offset)
  }

  end(message: IncomingMessage, place: Place): void {
    this.#length -= lengthOf(message)
    this.#ledger.end(place)
  }

  moveTo(position: bigint): void {
    this.#ledger.moveTo(position)
  }

  /** The offset that is to be committed; undefined when the group knows it, or the partition is lost. */
  get toCommit(): bigint | undefined {
    const { committable } = this.#ledger
    return this.isLost || committable <= this.#committed ? undefined : committable
  }

  committed(offset: bigint): void {
    if (offset > this.#committed) this.#committed = offset
  }
}

function lengthOf({ key, value }: IncomingMessage): number {
  return key.length + value.length
}
