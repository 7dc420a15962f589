import type { OpenOptions } from 'assent'
import type { Metric } from '../service/metrics.ts'

type Observer = NonNullable<OpenOptions['observer']>

/** What the coordinator reports that waits for a person: said as it comes, and counted. */
export class Reports implements Observer {
  #deadLetters = 0
  #attention = 0

  observe(reported: Parameters<Observer['observe']>[0]): void {
    if (reported.kind === 'dead-letter') {
      this.#deadLetters += 1
      console.error(`a reply went to ${reported.deadLetters}: ${reported.reason}`)
    } else if (reported.kind === 'attention') {
      this.#attention += 1
      console.error(`saga ${reported.gid} needs a person: ${reported.reason}`)
    }
  }

  metrics(): Metric[] {
    return [
      {
        name: 'order_saga_reply_dead_letters_total',
        type: 'counter',
        help: 'Replies that nobody can read, put aside',
        value: this.#deadLetters,
      },
      {
        name: 'order_saga_attention_total',
        type: 'counter',
        help: 'Sagas that asked for a person while this process drove them',
        value: this.#attention,
      },
    ]
  }
}
