/** A pause that can be cut short, growing from one time to the next up to a cap. */
export class Pause {
  readonly #firstMs: number
  readonly #maxMs: number
  #failures = 0
  #end: (() => void) | undefined

  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs
    this.#maxMs = maxMs
  }

  /** Whether nothing has failed since it last worked. */
  get isFresh(): boolean {
    return this.#failures === 0
  }

  /** It failed once more: resolves when it may be tried again. */
  async wait(): Promise<void> {
    const ms = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#failures, DOUBLINGS_MAX))
    this.#failures += 1
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#end = undefined
  }

  /** Nobody wants to wait any more. */
  cut(): void {
    this.#end?.()
  }

  /** It worked: the next pause is the first again. */
  reset(): void {
    this.#failures = 0
  }
}

/** More would overflow before the cap is applied. */
const DOUBLINGS_MAX = 20
