import { randomUUID } from 'node:crypto'
import type { Broker, CommandReply, Json } from 'assent'
import type { MemoryBroker } from 'assent/testing'

const REPLIES = 'desk-replies'

/** A call of a step, as the coordinator makes it. */
export interface DeskCommand {
  command_type: string
  /** The saga; one call has one. */
  saga: string
  step: string
  op: 'action' | 'compensate'
  payload: Json
}

/** Sends commands to a service as the coordinator does, in any order and as often as one likes. */
export class CommandDesk {
  readonly #broker: MemoryBroker
  readonly #sender: Broker
  readonly #topic: string

  constructor(broker: MemoryBroker, topic: string) {
    this.#broker = broker
    this.#sender = broker.connect()
    this.#topic = topic
  }

  /** Sends them all, and answers the replies in the order of the commands. */
  async ask(...commands: readonly DeskCommand[]): Promise<CommandReply[]> {
    const ids = commands.map(() => randomUUID())
    await this.#sender.send(commands.map((command, index) => this.#message(command, ids[index] ?? '')))
    await this.#broker.settled()
    const replies = this.#broker.messages(REPLIES).map(({ value }) => JSON.parse(value) as CommandReply)
    return ids.map((id) => {
      const reply = replies.find(({ command_id }) => command_id === id)
      if (reply === undefined) throw new Error(`command ${id} was not replied to`)
      return reply
    })
  }

  #message({ command_type, saga, step, op, payload }: DeskCommand, id: string) {
    const idempotency_key = `${saga}/${step}/${op}`
    return {
      topic: this.#topic,
      key: saga,
      value: JSON.stringify({
        id,
        saga_id: saga,
        command_type,
        payload,
        idempotency_key,
        created_at: new Date().toISOString(),
      }),
      headers: {
        'assent-gid': saga,
        'assent-branch-id': step,
        'assent-op': op,
        'assent-mode': 'saga',
        'assent-phase': op === 'action' ? 'one' : 'two',
        'idempotency-key': idempotency_key,
        'assent-reply-topic': REPLIES,
      },
    }
  }
}
