import { failureOf, isTooLarge } from './failure.ts'
import { REQUEST_MAX_BYTES } from './limits.ts'
import type { Parcel } from './sending.ts'

/**
 * Posts parcels in their order, one request after another: whatever piles up while a request is under way goes with the
 * next, so that many small sends become few requests and none waits for others.
 */
export class Post {
  readonly #request: (parcels: readonly Parcel[]) => Promise<void>
  readonly #waiting: Parcel[] = []
  #isUnderWay = false

  /** `request` resolves when all are kept. */
  constructor(request: (parcels: readonly Parcel[]) => Promise<void>) {
    this.#request = request
  }

  add(parcels: readonly Parcel[]): void {
    for (const parcel of parcels) this.#waiting.push(parcel)
    if (!this.#isUnderWay) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isUnderWay = true
    // What is sent in the same turn of the event loop goes with the first request already.
    await Promise.resolve()
    for (;;) {
      const batch = takeBatch(this.#waiting)
      if (batch.length === 0) break
      await this.#send(batch)
    }
    this.#isUnderWay = false
  }

  async #send(batch: readonly Parcel[]): Promise<void> {
    try {
      await this.#request(batch)
    } catch (error) {
      // Together they may be too large for their topic, or one of them is: the others are not to suffer for it.
      if (isTooLarge(error) && batch.length > 1) {
        const middle = Math.ceil(batch.length / 2)
        await this.#send(batch.slice(0, middle))
        await this.#send(batch.slice(middle))
        return
      }
      const failure = failureOf(error, 'sending')
      for (const { sending } of batch) sending.fail(failure)
      return
    }
    for (const { sending } of batch) sending.keep()
  }
}

/** Takes what goes with one request: those that nobody waits for any more are left out. */
export function takeBatch(waiting: Parcel[]): Parcel[] {
  const batch: Parcel[] = []
  let bytes = 0
  let taken = 0
  for (const parcel of waiting) {
    if (!parcel.sending.hasEnded) {
      if (batch.length > 0 && bytes + parcel.bytes > REQUEST_MAX_BYTES) break
      batch.push(parcel)
      bytes += parcel.bytes
    }
    taken += 1
  }
  waiting.splice(0, taken)
  return batch
}
