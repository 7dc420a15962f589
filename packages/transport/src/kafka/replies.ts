import { type Broker, ERRORS, type IncomingMessage, isAssentError, sendDeadLetter } from '@assent/contract'
import type { Answers, Observer } from '@assent/engine'
import { type Answered, unknown } from '../answers.ts'
import { isFinal, readAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { type CallName, type Poison, readReplyMessage } from './reply.ts'

export interface RepliesParts {
  broker: Broker
  /** By the id of their command. */
  exchanges: ReadonlyMap<string, Exchange>
  answers: Answers
  /** The topic for replies that nobody can read. */
  deadLetters: string
  /** Never throws. */
  observer: Observer
  isClosed(): boolean
}

/** Brings each reply to the call that it answers: here, or wherever its transaction is. */
export class Replies {
  readonly #parts: RepliesParts

  constructor(parts: RepliesParts) {
    this.#parts = parts
  }

  /** Resolves when what the reply changed is durable, or it changes nothing. Rejects where it must be given again. */
  async handle(message: IncomingMessage): Promise<void> {
    const reply = readReplyMessage(message)
    if ('reason' in reply) return this.#poisoned(message, reply)
    const exchange = this.#parts.exchanges.get(reply.content.command_id)
    if (exchange !== undefined && !isAbout(exchange, reply.answered)) {
      const reason = 'its headers name another call than the one that command_id names'
      return this.#poisoned(message, { reason, commandId: reply.content.command_id })
    }
    const answer = readAnswer(reply)
    if (!isFinal(answer)) {
      if (exchange === undefined) this.#passOver(reply.answered, 'undecided')
      else exchange.end(answer)
      return
    }
    if (await exchange?.endDurably(answer)) return
    await this.#give(message, reply.answered, answer)
  }

  /** To the transaction, whoever drives it. */
  async #give(message: IncomingMessage, answered: CallName, { kind: _, ...said }: Answered): Promise<void> {
    // The next one to read this partition gives it.
    if (this.#parts.isClosed()) throw new Error('the transport was closed')
    try {
      const taken = await this.#parts.answers.answer({ ...answered, ...said, scheme: 'kafka:' })
      if (taken === 'unknown-transaction') this.#passOver(answered, 'unknown-transaction')
    } catch (error) {
      if (!isHopeless(error)) throw error
      await this.#putAside(message, `${error.code}: ${error.message}`)
    }
  }

  async #poisoned(message: IncomingMessage, { reason, commandId }: Poison): Promise<void> {
    await this.#putAside(message, reason)
    // Whoever looks at the transaction should see it, too; not before, as it is judged by that call.
    if (commandId === undefined) return
    this.#parts.exchanges.get(commandId)?.end(unknown(`the reply can not be read: ${reason}`))
  }

  async #putAside(message: IncomingMessage, reason: string): Promise<void> {
    const { broker, deadLetters } = this.#parts
    await sendDeadLetter(broker, message, reason, deadLetters)
    const { topic, partition, offset } = message
    this.#parts.observer.observe({
      kind: 'dead-letter',
      topic,
      partition,
      offset: String(offset),
      reason,
      deadLetters,
    })
  }

  #passOver({ gid }: CallName, reason: 'undecided' | 'unknown-transaction'): void {
    this.#parts.observer.observe({ kind: 'reply-passed-over', gid, reason })
  }
}

function isAbout({ call }: Exchange, { gid, branchId, op }: CallName): boolean {
  return call.gid === gid && call.branchId === branchId && call.op === op
}

const TOO_MANY_REQUESTS = 429

/** Whether an answer would be rejected just so however often it is given. */
function isHopeless(error: unknown): error is Error & { code: keyof typeof ERRORS } {
  if (!isAssentError(error)) return false
  // Another version may have other codes.
  const http = ERRORS[error.code]?.http ?? 500
  return http < 500 && http !== TOO_MANY_REQUESTS
}
