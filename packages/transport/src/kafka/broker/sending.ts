import { BrokerUnavailable } from '@assent/contract'
import type { MessageToProduce } from '@platformatic/kafka'

/** One `send` under way: it ends when all its messages are kept, when one fails, or when its time is over. */
export class Sending {
  readonly kept: Promise<void>
  #left: number
  #timer: NodeJS.Timeout | undefined
  #resolve: () => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor(messages: number, timeoutMs: number) {
    this.#left = messages
    this.kept = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(() => {
      this.fail(new BrokerUnavailable(`sending: not kept within ${timeoutMs} ms`))
    }, timeoutMs)
  }

  get hasEnded(): boolean {
    return this.#timer === undefined
  }

  /** One more of its messages is kept. */
  keep(): void {
    this.#left -= 1
    if (this.#left > 0) return
    this.#end()
    this.#resolve()
  }

  fail(error: Error): void {
    this.#end()
    this.#reject(error)
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** One message of a `send` that waits for its request. */
export interface Parcel {
  readonly record: MessageToProduce
  readonly bytes: number
  readonly sending: Sending
}
