import type { Cancel, Clock } from '@assent/engine'
import type { HeldPartition } from './held-partition.ts'
import { STUCK_MS } from './limits.ts'

/** Tells of partitions whose oldest message does not end: what stands behind it is not committed, or not even read. */
export class Stuck {
  readonly #after: Clock['after']
  readonly #onStuck: (error: Error) => void
  /** By partition the oldest message when it was last looked at. */
  readonly #oldest = new Map<HeldPartition, bigint | undefined>()
  #cancel: Cancel | undefined
  #isStopped = false

  constructor(after: Clock['after'], onStuck: (error: Error) => void) {
    this.#after = after
    this.#onStuck = onStuck
  }

  /** It has messages that have not ended. */
  watch(held: HeldPartition): void {
    if (this.#isStopped) return
    if (!this.#oldest.has(held)) this.#oldest.set(held, undefined)
    this.#cancel ??= this.#after(STUCK_MS, () => this.#look())
  }

  /** All of every partition have ended. */
  rest(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#oldest.clear()
  }

  /** Nobody wants to be told any more. */
  stop(): void {
    this.#isStopped = true
    this.rest()
  }

  #look(): void {
    this.#cancel = undefined
    for (const [held, before] of this.#oldest) {
      const { oldest, topic, partition } = held
      if (oldest === undefined) {
        this.#oldest.delete(held)
        continue
      }
      this.#oldest.set(held, oldest)
      if (oldest === before) {
        const seconds = STUCK_MS / 1_000
        this.#onStuck(
          new Error(`${topic}/${partition} has been stuck at ${oldest} for more than ${seconds} s`),
        )
      }
    }
    if (this.#oldest.size > 0) this.#cancel = this.#after(STUCK_MS, () => this.#look())
  }
}
