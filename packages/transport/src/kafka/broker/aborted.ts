import type { RecordsBatch } from '@platformatic/kafka'

/** A transaction that was aborted, as a broker tells of it beside what was fetched. */
export interface AbortedTransaction {
  producerId: bigint
  firstOffset: bigint
}

/** Bits of a batch's attributes: it belongs to a transaction; it says how one ended. */
const IS_TRANSACTIONAL = 0x10
const IS_CONTROL = 0x20
/** In the key of a mark: its kind, behind its version. */
const KIND_AT = 2
const KIND_ABORT = 0

/**
 * Which of the fetched batches were aborted, as clients in Java find it: of a producer whatever lies between where a
 * transaction began that was aborted and the mark of its end, which may not have been fetched yet.
 */
export class Aborted {
  /** Those whose beginning is still ahead, the next one last. */
  readonly #ahead: AbortedTransaction[]
  readonly #producers = new Set<bigint>()

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#ahead = transactions.toSorted((one, two) => (one.firstOffset > two.firstOffset ? -1 : 1))
  }

  /** To be asked of each batch once, in their order. */
  has(batch: RecordsBatch): boolean {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta)
    for (let next = this.#ahead.at(-1); next && next.firstOffset <= last; next = this.#ahead.at(-1)) {
      this.#producers.add(next.producerId)
      this.#ahead.pop()
    }
    if (isAbort(batch)) this.#producers.delete(batch.producerId)
    return (batch.attributes & IS_TRANSACTIONAL) !== 0 && this.#producers.has(batch.producerId)
  }
}

/** Whether it says how a transaction ended, and holds no messages. */
export function isControl({ attributes }: RecordsBatch): boolean {
  return (attributes & IS_CONTROL) !== 0
}

function isAbort(batch: RecordsBatch): boolean {
  return isControl(batch) && batch.records[0]?.key?.readInt16BE(KIND_AT) === KIND_ABORT
}
