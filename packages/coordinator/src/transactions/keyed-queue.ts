/** Runs tasks of the same key one after another, and those of different keys side by side. */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>()

  /** Whether a task of this key has not ended. */
  isBusy(key: string): boolean {
    return this.tails.has(key)
  }

  run<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const before = this.tails.get(key)
    const result = before === undefined ? task() : before.then(task, task)
    this.tails.set(key, result)
    const forget = (): void => {
      if (this.tails.get(key) === result) this.tails.delete(key)
    }
    result.then(forget, forget)
    return result
  }
}
