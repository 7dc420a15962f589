import { randomUUID } from 'node:crypto'
import {
  type Broker,
  type IncomingMessage,
  MessageInvalid,
  type Outcome,
  type ReplyContent,
  type ReplyStatus,
} from '@assent/contract'
import {
  type Answered,
  answerCommand,
  answerUnreadable,
  businessOf,
  type CommandParticipant,
  said,
} from './answer-command.ts'
import { type Received, type ReplyAddress, readReceived, type Unreadable } from './received.ts'
import { replyMessage, shortened, UNREADABLE_COMMAND_ID } from './reply.ts'
import { sendDeadLetter, sendReply } from './send.ts'

export interface CommandServiceOptions<Database> extends CommandParticipant<Database> {
  /** Stays the caller's to close, behind the service. */
  broker: Pick<Broker, 'send' | 'subscribe'>
  /** Where commands come in. */
  topic: string | readonly string[]
  /** The same for every process of this service, so that they share its commands. */
  group: string
  /** Where what can't be read goes; `<topic>-dead-letters` by default. The topic must be there. */
  deadLetters?: string
  /** Commands under way at once; as many as the broker's adapter has by default. */
  concurrency?: number
  /**
   * Told what a business function threw, but for refusals, and what went wrong with the broker. Writes to stderr by
   * default.
   */
  onError?: (error: unknown, message?: IncomingMessage) => void
  /** Told of each dead letter, when it is kept. Writes to stderr by default. */
  onDeadLetter?: (message: IncomingMessage, reason: string) => void
}

/** Since the service began; a message that was delivered again counts again. */
export type CommandCounts = Readonly<Record<Outcome, number>> & { readonly deadLetters: number }

export interface CommandService extends AsyncDisposable {
  /** How many commands ended in which way, and how many messages went to the dead letters. */
  counts(): CommandCounts
  /** Takes no more commands, waits a bounded while for those under way, and leaves the group. */
  close(): Promise<void>
}

/**
 * Serves the commands of a topic: each is carried out once behind the barrier, and answered in the topic that it names.
 * Its offset is committed when the broker keeps the answer, so that a crash before that only has it answered again.
 *
 *     await using service = await serveCommands({
 *       broker, topic: 'payment-service-commands', group: 'payment-service', barrier,
 *       commands: { ProcessPayment: ({ payload, database }) => charge(database, payload) },
 *     })
 */
export async function serveCommands<Database>(
  options: CommandServiceOptions<Database>,
): Promise<CommandService> {
  const { broker, topic, group, concurrency, onError = writeError } = options
  const desk = new Desk({ ...options, onError })
  const subscription = await broker.subscribe({
    topics: typeof topic === 'string' ? [topic] : topic,
    group,
    ...(concurrency !== undefined && { concurrency }),
    handle: (message) => desk.handle(message),
    onError,
  })
  const close = () => subscription.close()
  return { counts: () => ({ ...desk.counts }), close, [Symbol.asyncDispose]: close }
}

type DeskOptions<Database> = CommandServiceOptions<Database> &
  Required<Pick<CommandServiceOptions<Database>, 'onError'>>

/** Where each message is dealt with, from what it says to what is sent for it. */
class Desk<Database> {
  readonly counts = { done: 0, refused: 0, ongoing: 0, unknown: 0, deadLetters: 0 }
  readonly #options: DeskOptions<Database>

  constructor(options: DeskOptions<Database>) {
    this.#options = options
  }

  /** Resolves when what came of the message is kept; the broker gives it again otherwise. */
  async handle(message: IncomingMessage): Promise<void> {
    const received = readReceived(message)
    if ('problems' in received) return await this.#handleUnreadable(message, received)
    const { asked, command, address } = received
    if (address === undefined) return await this.#handleUnanswered(message, received)
    const answered = await answerCommand(this.#options, asked, command)
    await this.#reply({ message, gid: asked.gid, commandId: command.id }, address, answered)
  }

  /** Of a command whose end nobody waits for. */
  async #handleUnanswered(message: IncomingMessage, { asked, command }: Received): Promise<void> {
    // Nobody would hear that nothing is done here, so that people must.
    if (asked.op === 'query') return await this.#bury(message, 'a query without a reply topic')
    if (businessOf(this.#options, command.command_type) === undefined) {
      return await this.#bury(message, 'an unsupported command type, without a reply topic')
    }
    const answered = await answerCommand(this.#options, asked, command)
    // Nobody else would ask again.
    if ('thrown' in answered) throw answered.thrown
    this.#count(answered.content)
  }

  async #handleUnreadable(message: IncomingMessage, { problems, askedBy }: Unreadable): Promise<void> {
    await this.#bury(message, said(problems))
    if (askedBy?.address === undefined) return
    const { asked, address } = askedBy
    const answered = await answerUnreadable(this.#options, asked, problems)
    await this.#reply({ message, gid: asked.gid, commandId: UNREADABLE_COMMAND_ID }, address, answered)
  }

  async #reply(
    { message, gid, commandId }: { message: IncomingMessage; gid: string; commandId: string },
    address: ReplyAddress,
    answered: Answered,
  ): Promise<void> {
    const { broker, onError } = this.#options
    const { content } = answered
    if ('thrown' in answered) onError(answered.thrown, message)
    const named = { id: randomUUID(), at: new Date() }
    const write = (said: ReplyContent) =>
      replyMessage({ gid, commandId, headers: message.headers }, address, said, named)
    try {
      await sendReply(broker, write(content), write(shortened(content)))
    } catch (thrown) {
      if (!(thrown instanceof MessageInvalid)) throw thrown
      // No delivery of it could be answered, and each would hold up those behind it.
      return await this.#bury(message, `its reply can't be sent: ${thrown.message}`)
    }
    this.#count(content)
  }

  async #bury(message: IncomingMessage, reason: string): Promise<void> {
    const { broker, deadLetters, onDeadLetter = writeDeadLetter } = this.#options
    await sendDeadLetter(broker, message, reason, deadLetters)
    this.counts.deadLetters += 1
    onDeadLetter(message, reason)
  }

  #count({ status }: ReplyContent): void {
    this.counts[OUTCOMES_OF[status]] += 1
  }
}

const OUTCOMES_OF: Readonly<Record<ReplyStatus, Outcome>> = {
  Success: 'done',
  Compensated: 'done',
  Failed: 'refused',
  Ongoing: 'ongoing',
  Unknown: 'unknown',
}

function writeError(error: unknown, message?: IncomingMessage): void {
  console.error(message === undefined ? 'commands are not received:' : `${called(message)} failed:`, error)
}

function writeDeadLetter(message: IncomingMessage, reason: string): void {
  console.error(`${called(message)} went to the dead letters: ${reason}`)
}

function called({ topic, partition, offset, headers }: IncomingMessage): string {
  const [op, branchId, gid] = ['assent-op', 'assent-branch-id', 'assent-gid'].map((name) => headers[name])
  const call = gid === undefined ? 'a message' : `${op} of branch ${branchId} of ${gid}`
  return `${call} (${topic}, partition ${partition}, offset ${offset})`
}
