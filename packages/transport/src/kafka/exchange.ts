import type { Call, Cancel, Clock } from '@assent/engine'
import { type Answered, unknown } from '../answers.ts'
import { KEPT_WAIT_MS } from './limits.ts'

/** How far an exchange has come; `keeping`: the call is answered, and what that changed is not durable yet. */
type Stage = 'sending' | 'waiting' | 'keeping' | 'over'

/**
 * One call over Kafka: a command, until its reply is there or its time is over, and then until what the reply changed is
 * durable. The call is answered once.
 */
export class Exchange {
  readonly call: Call
  readonly #topic: string
  readonly #clock: Clock
  readonly #resolve: (answer: Answered) => void
  readonly #onOver: () => void
  #stage: Stage = 'sending'
  #cancelTimer: Cancel
  #kept: ((isDurable: boolean) => void) | undefined
  #keeping: Promise<boolean> = Promise.resolve(false)

  constructor(
    call: Call,
    topic: string,
    clock: Clock,
    { resolve, onOver }: { resolve: (answer: Answered) => void; onOver: () => void },
  ) {
    this.call = call
    this.#topic = topic
    this.#clock = clock
    this.#resolve = resolve
    this.#onOver = onOver
    this.#cancelTimer = clock.after(call.timeoutMs, () => this.end(this.#overdue()))
  }

  /** The broker has the command. */
  sent(): void {
    if (this.#stage === 'sending') this.#stage = 'waiting'
  }

  /** Answers the call, unless that has happened. */
  end(answer: Answered): void {
    if (this.#isAnswered) return
    this.#over()
    this.#resolve(answer)
  }

  /**
   * Answers the call, and resolves with whether what that changed is durable: not where nobody says so in time. A repeat
   * waits for the first one; a call that was given up keeps nothing.
   */
  endDurably(answer: Answered): Promise<boolean> {
    if (!this.#isAnswered) this.#keeping = this.#endAndKeep(answer)
    return this.#keeping
  }

  #endAndKeep(answer: Answered): Promise<boolean> {
    return new Promise((resolve) => {
      const kept = (isDurable: boolean): void => {
        this.#over()
        resolve(isDurable)
      }
      this.#cancelTimer()
      this.#cancelTimer = this.#clock.after(KEPT_WAIT_MS, () => kept(false))
      this.#stage = 'keeping'
      this.#kept = kept
      this.#resolve({ ...answer, kept })
    })
  }

  /** Waits for nothing more. */
  giveUp(error: string): void {
    if (this.#stage === 'keeping') this.#kept?.(false)
    else this.end(unknown(error))
  }

  get #isAnswered(): boolean {
    return this.#stage === 'keeping' || this.#stage === 'over'
  }

  #over(): void {
    this.#stage = 'over'
    this.#cancelTimer()
    this.#onOver()
  }

  #overdue(): Answered {
    const { timeoutMs } = this.call
    return this.#stage === 'sending'
      ? unknown(`the broker did not take the command within ${timeoutMs} ms`)
      : unknown(`no reply from ${this.#topic} within ${timeoutMs} ms`)
  }
}
