import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker, IncomingMessage, OutgoingMessage } from 'assent'
import { exponential } from '../chance.ts'
import type { Recorder } from './recorder.ts'

/** Of so many messages one is sent again. */
const COPIED_OF = 3
const COPIES_MAX = 3
/** How much later on average: many come behind what follows from them, which is how order gets lost. */
const LATER_MEAN_MS = 1_500
const SEND_PAUSE_MS = 250

/** Marks what was sent here, so that copies are not copied. */
const COPY_HEADER = 'copy'

export const isCopy = (message: IncomingMessage): boolean => COPY_HEADER in message.headers

/** The same message again, to any partition. */
export function copyOf(message: IncomingMessage, value = message.value): OutgoingMessage {
  const { topic, key, headers } = message
  return { topic, key, value, headers: { ...headers, [COPY_HEADER]: '1' } }
}

/** Sends messages of commands and replies again, later, and in another order than they first came in. */
export class Copies {
  sent = 0
  readonly #broker: Broker
  readonly #chance: () => number
  readonly #underWay = new Set<Promise<void>>()
  #hasEnded = false

  constructor(broker: Broker, recorder: Recorder, topics: ReadonlySet<string>, chance: () => number) {
    this.#broker = broker
    this.#chance = chance
    recorder.onMessage((message) => {
      if (this.#hasEnded || !topics.has(message.topic) || isCopy(message)) return
      if (chance() * COPIED_OF > 1) return
      const copies = 1 + Math.floor(chance() * COPIES_MAX)
      for (let copy = 0; copy < copies; copy += 1) this.#later(message)
    })
  }

  /** Copies nothing more. Resolves when everything was sent. */
  async end(): Promise<void> {
    this.#hasEnded = true
    await Promise.all(this.#underWay)
  }

  #later(message: IncomingMessage): void {
    const sending = sleep(exponential(this.#chance, LATER_MEAN_MS))
      .then(async () => {
        await sendSurely(this.#broker, [copyOf(message)])
        this.sent += 1
      })
      .finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
  }
}

/** Until the broker has them: it goes away as part of the run. */
export async function sendSurely(broker: Broker, messages: readonly OutgoingMessage[]): Promise<void> {
  for (;;) {
    try {
      return await broker.send(messages)
    } catch (error) {
      if ((error as Error).name !== 'BrokerUnavailable') throw error
      await sleep(SEND_PAUSE_MS)
    }
  }
}
