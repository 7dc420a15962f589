import type { Entry, Fact } from './fact.ts'

export type Listener = (entry: Entry) => void

/** Everything that happened in one run, in order. */
export class Trace {
  readonly entries: Entry[] = []
  private readonly listeners: Listener[] = []
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  listen(listener: Listener): void {
    this.listeners.push(listener)
  }

  add(by: string, fact: Fact): void {
    const entry = Object.assign(fact, { at: this.now(), by }) as Entry
    this.entries.push(entry)
    for (const listener of this.listeners) listener(entry)
  }
}
