/** Says of what goes on whether it is to be told: at first, and then again after each pause. */
export class Reminder {
  readonly #pauseMs: number
  readonly #toldAt = new Map<string, number>()

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs
  }

  /** Whoever is answered yes tells it. */
  isDue(what: string, now = performance.now()): boolean {
    const toldAt = this.#toldAt.get(what)
    if (toldAt !== undefined && now - toldAt < this.#pauseMs) return false
    this.#toldAt.set(what, now)
    return true
  }

  /** It is over: when it comes again it is new. */
  forget(what: string): void {
    this.#toldAt.delete(what)
  }
}
