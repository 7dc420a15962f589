/** How long to wait before something that failed is tried again: doubles with each failure up to a cap. */
export class Backoff {
  private readonly firstMs: number
  private readonly maxMs: number
  private failures = 0

  constructor(firstMs: number, maxMs: number) {
    this.firstMs = firstMs
    this.maxMs = maxMs
  }

  /** It failed once more; milliseconds. */
  next(): number {
    const delayMs = Math.min(this.maxMs, this.firstMs * 2 ** this.failures)
    if (delayMs < this.maxMs) this.failures += 1
    return delayMs
  }

  /** It worked: the next failure is the first again. */
  reset(): void {
    this.failures = 0
  }
}
