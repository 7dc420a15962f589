/** What goes wrong between a memory broker and whoever uses it; nothing, unless told. */
export interface BrokerFaults {
  /** Every nth message that a member receives comes twice, the second time behind the first. */
  twiceEvery: number | undefined
  /** Messages of a partition that wait together come in any order, those of one key too. */
  isOutOfOrder: boolean
  /** Nothing is sent, delivered or committed; what was delivered and not committed comes again afterwards. */
  isAway: boolean
  /** Every nth send is kept and delivered, and yet rejects with BrokerUnavailable. */
  acknowledgementLostEvery: number | undefined
}

export const NO_FAULTS: BrokerFaults = {
  twiceEvery: undefined,
  isOutOfOrder: false,
  isAway: false,
  acknowledgementLostEvery: undefined,
}

/** Says of each time whether it is the nth. */
export class Counter {
  #count = 0

  isNth(every: number | undefined): boolean {
    if (every === undefined) return false
    this.#count += 1
    return this.#count % every === 0
  }
}
