import { randomUUID } from 'node:crypto'
import {
  type IncomingMessage,
  MessageInvalid,
  type Outcome,
  problemsInWords,
  type ReplyContent,
  type ReplyStatus,
  sendDeadLetter,
} from '@assent/contract'
import {
  type Answered,
  answerCommand,
  answerUnreadable,
  businessOf,
  type CommandParticipant,
} from './answer-command.ts'
import { COMMAND_TIMEOUT_MS, inTime } from './in-time.ts'
import { Patience } from './patience.ts'
import { type Received, type ReplyAddress, readReceived, type Unreadable } from './received.ts'
import { replyMessage, shortened, UNREADABLE_COMMAND_ID } from './reply.ts'
import { type Sender, sendReply } from './send.ts'
import { telling, writeDeadLetter, writeError } from './telling.ts'
import { isTooOld, TOO_OLD } from './too-old.ts'

export interface DeskOptions<Database> extends CommandParticipant<Database> {
  broker: Sender
  /** Where what can't be read goes; `<topic>-dead-letters` by default. */
  deadLetters?: string
  /**
   * How long a command may take, 60,000 by default: longer than the database waits for anything. It is answered `Unknown`
   * then, and what it still does is left to the barrier.
   */
  timeoutMs?: number
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

/** Where each message is dealt with, from what it says to what is sent for it. */
export class Desk<Database> {
  readonly counts: Record<Outcome | 'deadLetters', number> = {
    done: 0,
    refused: 0,
    ongoing: 0,
    unknown: 0,
    deadLetters: 0,
  }
  readonly #options: DeskOptions<Database>
  readonly #patience: Patience

  constructor(options: DeskOptions<Database>) {
    this.#options = options
    this.#patience = new Patience(options.broker)
  }

  /** Resolves when what came of the message is kept; the broker gives it again otherwise. */
  async handle(message: IncomingMessage): Promise<void> {
    const received = readReceived(message)
    if ('problems' in received) return await this.#handleUnreadable(message, received)
    const { asked, command, address } = received
    if (address === undefined) return await this.#handleUnanswered(message, received)
    const answered = await this.#answer(message, () => answerCommand(this.#options, asked, command))
    const unsent = await this.#reply({ message, gid: asked.gid, commandId: command.id }, address, answered)
    if (unsent !== undefined) await this.#bury(message, unsent)
  }

  tellError(error: unknown, message?: IncomingMessage): void {
    const { onError = writeError } = this.#options
    telling(() => onError(error, message))
  }

  /** Of a command whose end nobody waits for. */
  async #handleUnanswered(message: IncomingMessage, { asked, command }: Received): Promise<void> {
    // Nobody would hear that nothing is done here, so that people must.
    if (asked.op === 'query') return await this.#bury(message, 'a query without a reply topic')
    if (businessOf(this.#options, command.command_type) === undefined) {
      return await this.#bury(message, 'an unsupported command type, without a reply topic')
    }
    if (isTooOld(message))
      return await this.#bury(message, 'too old to be carried out, without a reply topic')
    const answered = await this.#answer(message, () => answerCommand(this.#options, asked, command))
    // Nobody else would ask again.
    if ('thrown' in answered) throw answered.thrown
    this.#count(answered.content)
  }

  async #handleUnreadable(message: IncomingMessage, { problems, askedBy }: Unreadable): Promise<void> {
    const reason = problemsInWords(problems)
    if (askedBy?.address === undefined) return await this.#bury(message, reason)
    const { asked, address } = askedBy
    const answered = await this.#answer(message, () => answerUnreadable(this.#options, asked, problems))
    const named = { message, gid: asked.gid, commandId: UNREADABLE_COMMAND_ID }
    const unsent = await this.#reply(named, address, answered)
    // Last, for until it is answered it comes again.
    await this.#bury(message, unsent === undefined ? reason : `${reason}; ${unsent}`)
  }

  async #answer(message: IncomingMessage, answer: () => Promise<Answered>): Promise<Answered> {
    if (isTooOld(message)) return TOO_OLD
    const { timeoutMs = COMMAND_TIMEOUT_MS } = this.#options
    return inTime(answer(), timeoutMs, (thrown) => this.tellError(thrown, message))
  }

  /** Resolves when the broker keeps the reply, or to the reason why it never will. */
  async #reply(
    { message, gid, commandId }: { message: IncomingMessage; gid: string; commandId: string },
    address: ReplyAddress,
    answered: Answered,
  ): Promise<string | undefined> {
    const { broker } = this.#options
    const { content } = answered
    if ('thrown' in answered) this.tellError(answered.thrown, message)
    const named = { id: randomUUID(), at: new Date() }
    const write = (form: ReplyContent) =>
      replyMessage({ gid, commandId, headers: message.headers }, address, form, named)
    try {
      await sendReply(broker, write(content), () => write(shortened(content)))
    } catch (thrown) {
      // No delivery of it could be answered, and each would hold up those behind it.
      const isHopeless =
        thrown instanceof MessageInvalid || (await this.#patience.isOver(message, address.topic))
      if (!isHopeless) throw thrown
      return `its reply can't be sent: ${thrown instanceof Error ? thrown.message : thrown}`
    }
    this.#patience.taken(address.topic)
    this.#count(content)
    return undefined
  }

  async #bury(message: IncomingMessage, reason: string): Promise<void> {
    const { broker, deadLetters, onDeadLetter = writeDeadLetter } = this.#options
    await sendDeadLetter(broker, message, reason, deadLetters)
    this.counts.deadLetters += 1
    telling(() => onDeadLetter(message, reason))
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
