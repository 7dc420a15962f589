import type { Broker, IncomingMessage } from 'assent'

/** It deals with a message by noting it down. */
const MESSAGES_AT_ONCE = 200

/** Notes every message of these topics, from their beginning, and tells whoever listens. */
export class Recorder {
  readonly messages: IncomingMessage[] = []
  readonly #listeners: ((message: IncomingMessage) => void)[] = []

  static async start(broker: Broker, topics: readonly string[]): Promise<Recorder> {
    const recorder = new Recorder()
    await broker.subscribe({
      topics,
      group: 'recorder',
      from: 'earliest',
      ordered: false,
      concurrency: MESSAGES_AT_ONCE,
      handle: async (message) => recorder.#note(message),
      // The broker goes away as part of the run.
      onError: () => {},
    })
    return recorder
  }

  onMessage(listener: (message: IncomingMessage) => void): void {
    this.#listeners.push(listener)
  }

  of(topic: string): IncomingMessage[] {
    return this.messages.filter((message) => message.topic === topic)
  }

  #note(message: IncomingMessage): void {
    this.messages.push(message)
    for (const listener of this.#listeners) listener(message)
  }
}
