/** One message that was received: where it stands, and whether it has ended. */
export interface Place {
  readonly offset: bigint
  hasEnded: boolean
}

/** Which offset of one partition may be committed, while its messages end in any order. */
export class Ledger {
  readonly #places: Place[] = []
  /** The first place that has not ended; all before it have. */
  #first = 0
  /** Where the next message is to be read. */
  #position: bigint

  /** `position`: the offset at which reading begins. */
  constructor(position: bigint) {
    this.#position = position
  }

  get position(): bigint {
    return this.#position
  }

  /** What a member that comes after this one must read from: everything before it has ended. */
  get committable(): bigint {
    return this.oldest ?? this.#position
  }

  /** The first message that has not ended. */
  get oldest(): bigint | undefined {
    return this.#places[this.#first]?.offset
  }

  /** Messages that have been received and are not behind `committable`. */
  get size(): number {
    return this.#places.length - this.#first
  }

  /** A message was received. Offsets rise, and may leave gaps. */
  begin(offset: bigint): Place {
    const place = { offset, hasEnded: false }
    this.#places.push(place)
    this.moveTo(offset + 1n)
    return place
  }

  /** Reading goes on here: what lies between holds no messages. */
  moveTo(position: bigint): void {
    if (position > this.#position) this.#position = position
  }

  end(place: Place): void {
    place.hasEnded = true
    while (this.#places[this.#first]?.hasEnded) this.#first += 1
    if (this.#first < ENDED_PLACES_KEPT) return
    this.#places.splice(0, this.#first)
    this.#first = 0
  }
}

/** Ended places that are kept before they are removed together: one by one would move the others each time. */
const ENDED_PLACES_KEPT = 512
