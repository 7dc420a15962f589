import type { Broker, IncomingMessage } from '@assent/contract'

/** How long a reply is tried while the broker answers, milliseconds. */
export const REPLY_TRIED_MS = 60_000
/** Topics that are remembered for taking no replies; the oldest is forgotten. */
export const DEAF_TOPICS_MAX = 100

/**
 * Says when a reply was tried for long enough: its topic may never be there, and its command would hold up all those
 * behind it. A broker that is away is waited for however long it takes.
 */
export class Patience {
  readonly #broker: Pick<Broker, 'ping'>
  /** Since when each message is tried; one that is given again is the same object. */
  readonly #since = new WeakMap<IncomingMessage, number>()
  /** Topics that a reply was given up for, and that have taken none since. */
  readonly #deaf = new Set<string>()

  constructor(broker: Pick<Broker, 'ping'>) {
    this.#broker = broker
  }

  /** Whether the reply to this message, which its topic did not take just now, is to be given up. */
  async isOver(message: IncomingMessage, topic: string): Promise<boolean> {
    try {
      await this.#broker.ping()
    } catch {
      // Its leaders may come back later than the broker itself, so that the time begins anew then.
      this.#since.delete(message)
      return false
    }
    const now = performance.now()
    const since = this.#since.get(message) ?? now
    this.#since.set(message, since)
    // What has waited for this topic once need not be waited for with each command.
    if (now - since < REPLY_TRIED_MS && !this.#deaf.has(topic)) return false
    this.#remember(topic)
    return true
  }

  /** A reply was taken there. */
  taken(topic: string): void {
    this.#deaf.delete(topic)
  }

  #remember(topic: string): void {
    this.#deaf.add(topic)
    const [oldest] = this.#deaf
    if (this.#deaf.size > DEAF_TOPICS_MAX && oldest !== undefined) this.#deaf.delete(oldest)
  }
}
