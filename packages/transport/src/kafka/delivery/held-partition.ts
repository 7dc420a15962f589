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
  /** From when there are too many until half of them have ended: a request for one message at a time would be dear. */
  #isFull = false

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
    return !this.isLost && !this.#isFull
  }

  /** Whether all that was received has ended. */
  get isIdle(): boolean {
    return this.#ledger.size === 0
  }

  /** The offset of the first message that has not ended; undefined when there is none, or the partition is lost. */
  get oldest(): bigint | undefined {
    return this.isLost ? undefined : this.#ledger.oldest
  }

  begin(message: IncomingMessage): Place {
    this.#length += lengthOf(message)
    const place = this.#ledger.begin(message.offset)
    this.#isFull ||= this.#fullness >= 1
    return place
  }

  /** Answers whether more may be received again since then. */
  end(message: IncomingMessage, place: Place): boolean {
    this.#length -= lengthOf(message)
    this.#ledger.end(place)
    if (!this.#isFull || this.#fullness > ROOM_AGAIN) return false
    this.#isFull = false
    return !this.isLost
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

  /** 1 where there are as many, or as long ones, as may be. */
  get #fullness(): number {
    return Math.max(this.#ledger.size / PARTITION_MESSAGES_MAX, this.#length / PARTITION_LENGTH_MAX)
  }
}

/** How full a partition may be that was full, before more is received. */
const ROOM_AGAIN = 0.5

function lengthOf({ key, value }: IncomingMessage): number {
  return key.length + value.length
}
