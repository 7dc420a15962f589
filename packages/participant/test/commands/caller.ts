import { randomUUID } from 'node:crypto'
import {
  type Broker,
  type Command,
  type CommandReply,
  type IncomingMessage,
  type Json,
  type OutgoingMessage,
  readReply,
} from '@assent/contract'
import type { MemoryBroker } from '@assent/testkit/broker'

export const COMMANDS = 'payment-service-commands'
export const REPLIES = 'order-replies'
export const DEAD_LETTERS = `${COMMANDS}-dead-letters`

const UNDOS: readonly string[] = ['compensate', 'cancel', 'rollback']

/** One sending of a call. */
export interface Sending {
  gid?: string
  branchId?: string
  op?: string
  commandType?: string
  payload?: Json
  headers?: Record<string, string>
  /** Headers that it lacks. */
  without?: readonly string[]
  /** Fields of the command that are otherwise. */
  command?: Record<string, Json | undefined>
  /** In place of a command. */
  value?: string
}

/** A coordinator as a service sees one: commands that come, and replies that are sent. */
export class Caller {
  readonly broker: MemoryBroker

  constructor(broker: MemoryBroker) {
    this.broker = broker
  }

  /** Sends calls together, and answers the ids of the sendings. */
  async send(...sendings: Sending[]): Promise<string[]> {
    const commands = sendings.map(commandOf)
    await this.broker.send(commands.map((command, index) => messageOf(command, sendings[index] ?? {})))
    return commands.map(({ id }) => id)
  }

  /** Sends calls together, and answers what was replied to each when all is dealt with. */
  async call(...sendings: Sending[]): Promise<CommandReply[]> {
    const ids = await this.send(...sendings)
    await this.broker.settled()
    const replies = this.replies()
    return ids.flatMap((id) => replies.filter(({ command_id }) => command_id === id))
  }

  /** Every reply, in the order in which they stand. */
  replies(): CommandReply[] {
    return this.replyMessages().map(({ value }) => {
      const reply = readReply(value)
      if ('problems' in reply) throw new Error(`no reply: ${value}`)
      return reply
    })
  }

  replyMessages(): readonly IncomingMessage[] {
    return this.broker.messages(REPLIES)
  }

  deadLetters(): readonly IncomingMessage[] {
    return this.broker.messages(DEAD_LETTERS)
  }
}

function commandOf({ gid = 'order-17', branchId = 'pay', op = 'action', ...sending }: Sending): Command {
  return {
    id: randomUUID(),
    saga_id: gid,
    command_type: sending.commandType ?? (UNDOS.includes(op) ? 'CompensatePayment' : 'ProcessPayment'),
    payload: sending.payload ?? null,
    idempotency_key: `${gid}/${branchId}/${op}`,
    created_at: new Date().toISOString(),
    ...sending.command,
  }
}

/** The message of one sending. */
export function sendingMessage(sending: Sending): OutgoingMessage {
  return messageOf(commandOf(sending), sending)
}

function messageOf(
  command: Command,
  { gid = 'order-17', branchId = 'pay', op = 'action', headers, without = [], value }: Sending,
): OutgoingMessage {
  const all: Record<string, string> = {
    'assent-gid': gid,
    'assent-branch-id': branchId,
    'assent-op': op,
    'assent-phase': op === 'action' || op === 'try' || op === 'prepare' ? 'one' : 'two',
    'idempotency-key': `${gid}/${branchId}/${op}`,
    'assent-reply-topic': REPLIES,
    ...headers,
  }
  for (const name of without) delete all[name]
  return { topic: COMMANDS, key: gid, value: value ?? JSON.stringify(command), headers: all }
}

/** The broker as a service has it, whose sends to a topic go wrong as often as it is told. */
export function failingTo(broker: Broker, topic: string, failures: () => Error | undefined): Broker {
  return {
    ...broker,
    send: async (messages) => {
      const failure = messages.some((message) => message.topic === topic) ? failures() : undefined
      if (failure !== undefined) throw failure
      await broker.send(messages)
    },
  }
}
