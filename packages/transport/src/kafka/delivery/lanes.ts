import type { Cancel, Clock } from '@assent/engine'

/**
 * Deals with items side by side, at most `concurrency` at once, but with those of one lane one after another. An item
 * that is to be dealt with again holds its lane meanwhile, but no place among those at once.
 */
export class Lanes<Item> {
  readonly #concurrency: number
  readonly #deal: (item: Item) => Promise<number | undefined>
  readonly #after: Clock['after']
  /** Items that may begin as soon as there is a place. */
  #ready: Queued<Item>[] = []
  /** Items behind the one that holds their lane. */
  readonly #behind = new Map<string, Queued<Item>[]>()
  readonly #pauses = new Set<Cancel>()
  #atOnce = 0
  #isStopped = false
  #onIdle: (() => void) | undefined

  /**
   * `deal` resolves to the milliseconds after which it is to be asked again, or undefined when the item has ended; it
   * never rejects. Throws TypeError for a concurrency with which nothing would begin.
   */
  constructor(concurrency: number, deal: (item: Item) => Promise<number | undefined>, after: Clock['after']) {
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new TypeError(`concurrency must be a whole number from 1 on, not ${concurrency}`)
    }
    this.#concurrency = concurrency
    this.#deal = deal
    this.#after = after
  }

  /** Items being dealt with at this moment. */
  get atOnce(): number {
    return this.#atOnce
  }

  /** Without a lane it waits for no other. */
  add(lane: string | undefined, item: Item): void {
    const queued = { lane, item }
    if (lane !== undefined) {
      const behind = this.#behind.get(lane)
      if (behind !== undefined) {
        behind.push(queued)
        return
      }
      this.#behind.set(lane, [])
    }
    this.#ready.push(queued)
    this.#begin()
  }

  /** Begins nothing any more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const cancel of this.#pauses) cancel()
    this.#pauses.clear()
    if (this.#atOnce === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }

  #begin(): void {
    while (!this.#isStopped && this.#atOnce < this.#concurrency) {
      const next = this.#ready.shift()
      if (next === undefined) return
      this.#atOnce += 1
      void this.#deal(next.item).then((pauseMs) => this.#end(next, pauseMs))
    }
  }

  #end(queued: Queued<Item>, pauseMs: number | undefined): void {
    this.#atOnce -= 1
    if (this.#isStopped) {
      if (this.#atOnce === 0) this.#onIdle?.()
      return
    }
    if (pauseMs === undefined) this.#leave(queued.lane)
    else this.#pause(queued, pauseMs)
    this.#begin()
  }

  #leave(lane: string | undefined): void {
    if (lane === undefined) return
    const next = this.#behind.get(lane)?.shift()
    if (next === undefined) this.#behind.delete(lane)
    else this.#ready.push(next)
  }

  #pause(queued: Queued<Item>, pauseMs: number): void {
    const cancel = this.#after(pauseMs, () => {
      this.#pauses.delete(cancel)
      this.#ready.push(queued)
      this.#begin()
    })
    this.#pauses.add(cancel)
  }
}

interface Queued<Item> {
  lane: string | undefined
  item: Item
}
