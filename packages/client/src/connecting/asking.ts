import { AssentError, invalidRequest } from '@assent/contract'
import { Course, type Question } from './course.ts'
import type { Exchange, OpenAnswer } from './exchange/exchange.ts'
import { ACTOR_MAX_LENGTH, ATTEMPT_TIMEOUT_MS } from './limits.ts'
import { AnswerLost, bodyOf, foreign, givenUp, notAnswered } from './lost.ts'
import { WrongShape } from './wire/readers.ts'

export interface AskerOptions {
  exchange: Exchange
  /** Where the server is, for people. */
  url: string
  /** The path of that URL, without a slash at its end. */
  base: string
  headers: Readonly<Record<string, string>>
  timeoutMs: number
}

/** Asks until it is answered, and no longer than it may. */
export class Asker {
  readonly timeoutMs: number
  readonly #options: AskerOptions
  readonly #closing = new AbortController()

  constructor(options: AskerOptions) {
    this.#options = options
    this.timeoutMs = options.timeoutMs
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  close(): void {
    this.#closing.abort()
    this.#options.exchange.close()
  }

  /** Throws AssentError: what the server refused with, or STORE_UNAVAILABLE when no answer could be had. */
  async ask<Value>(question: Question<Value>): Promise<Value> {
    const course = new Course(question, this.timeoutMs)
    for (;;) {
      const sentAt = performance.now()
      try {
        course.heard(await this.#once(question, course), sentAt)
      } catch (thrown) {
        if (thrown instanceof AssentError) throw thrown
        course.lost(notAnswered(thrown))
      }
      const next = course.next()
      if ('value' in next) return next.value
      if ('lost' in next) throw this.#givenUp(next.lost, question.gid, course.attempts)
      await this.pause(next.pauseMs)
      if (this.closed.aborted) throw this.#givenUp(closedMeanwhile(), question.gid, course.attempts)
    }
  }

  /** An answer that is read as it comes. Throws AnswerLost, and what the server refused with. */
  async open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<OpenAnswer> {
    const { exchange, base } = this.#options
    const timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, this.timeoutMs)
    const request = { method: 'GET' as const, path: base + path, timeoutMs }
    try {
      const answer = await exchange.open(
        { ...request, headers: { ...this.#options.headers, ...headers } },
        signal,
      )
      if (answer.status < 300) return answer
      bodyOf({ ...answer, text: await answer.text() })
      throw new AnswerLost(`HTTP ${answer.status} without a body`)
    } catch (thrown) {
      throw thrown instanceof AssentError ? thrown : notAnswered(thrown)
    }
  }

  givenUp(lost: AnswerLost, attempts: number): AssentError {
    return this.#givenUp(lost, undefined, attempts)
  }

  /** Ends early when the signal fires, or when the connection is closed where none is given. */
  pause(ms: number, signal: AbortSignal = this.closed): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end)
    })
  }

  async #once<Value>(question: Question<Value>, course: Course<Value>): Promise<Value> {
    const { exchange, base, headers } = this.#options
    const { path, body } = question.ask(course.beginAttempt())
    const answer = await exchange.ask({
      method: question.method,
      path: base + path,
      headers: {
        ...headers,
        ...(question.actor !== undefined && { 'assent-actor': checkedActor(question.actor) }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: jsonOf(body) }),
      timeoutMs: course.attemptTimeoutMs(),
    })
    const told = bodyOf(answer)
    try {
      return question.read(told, answer)
    } catch (thrown) {
      throw thrown instanceof WrongShape ? foreign(answer, thrown) : thrown
    }
  }

  #givenUp(lost: AnswerLost, gid: string | undefined, attempts: number): AssentError {
    return givenUp(lost, { url: this.#options.url, attempts, ...(gid !== undefined && { gid }) })
  }
}

function closedMeanwhile(): AnswerLost {
  return new AnswerLost('the connection was closed')
}

function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body)
  } catch (cause) {
    const problem = `is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`
    throw invalidRequest([{ path: '', problem }])
  }
}

const VISIBLE = /^[\x20-\x7e]+$/

function checkedActor(actor: string): string {
  if (VISIBLE.test(actor) && actor.length <= ACTOR_MAX_LENGTH) return actor
  const problem = `must be 1 to ${ACTOR_MAX_LENGTH} characters of visible ASCII`
  throw invalidRequest([{ path: 'actor', problem }])
}
