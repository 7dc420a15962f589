import { AssentError, invalidRequest } from '@assent/contract'
import type { Answer, Exchange, OpenAnswer } from './exchange/exchange.ts'
import {
  ACTOR_MAX_LENGTH,
  ATTEMPT_TIMEOUT_MS,
  PAUSE_FIRST_MS,
  PAUSE_MAX_MS,
  RETRY_AFTER_MAX_MS,
  WAIT_PART_MIN_MS,
  WAIT_PART_MS,
} from './limits.ts'
import { AnswerLost, bodyOf, foreign, givenUp, notAnswered } from './lost.ts'
import { WrongShape } from './wire/readers.ts'

/** Something that is asked of the server, and that can be asked again without harm. */
export interface Question<Value> {
  method: 'GET' | 'POST'
  /** Behind the URL of the server, and what is sent there; the same each time but for `wait`. */
  ask(waitMs: number | undefined): { path: string; body?: unknown }
  /** Throws WrongShape for what is no answer to it. */
  read(body: unknown, answer: Answer): Value
  /** The transaction that it would change. */
  gid?: string
  actor?: string | undefined
  /** How long the server calls a participant before it answers, milliseconds. */
  callMs?: number
  /** How long the answer may wait, milliseconds, and when it need not. */
  wait?: { ms: number | undefined; isOver(value: Value): boolean }
}

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

/** How far a question has come: what was heard, how often it was asked, and when it is given up. */
class Course<Value> {
  attempts = 0
  readonly #question: Question<Value>
  readonly #waitUntil: number
  /** While nothing was heard. */
  readonly #giveUpAt: number
  #partMs = WAIT_PART_MS
  #askedMs: number | undefined
  /** Answers lost, or early, one after the other. */
  #inVain = 0
  #heard: { value: Value } | undefined
  #lost: AnswerLost | undefined

  constructor(question: Question<Value>, timeoutMs: number) {
    const now = performance.now()
    const waitMs = question.wait?.ms ?? 0
    this.#question = question
    this.#waitUntil = now + waitMs
    this.#giveUpAt = now + (question.callMs ?? 0) + Math.min(waitMs, WAIT_PART_MS) + timeoutMs
  }

  /** How long this attempt asks the server to wait; after a lost answer not at all, to hear first where it stands. */
  beginAttempt(): number | undefined {
    this.attempts += 1
    const leftMs = Math.floor(this.#waitUntil - performance.now())
    this.#askedMs = leftMs <= 0 || this.#lost ? undefined : Math.min(leftMs, this.#partMs)
    return this.#askedMs
  }

  attemptTimeoutMs(): number {
    const longestMs = ATTEMPT_TIMEOUT_MS + (this.#question.callMs ?? 0) + (this.#askedMs ?? 0)
    const leftMs = this.#heard ? longestMs : this.#giveUpAt - performance.now()
    return Math.max(1, Math.min(longestMs, leftMs))
  }

  heard(value: Value, sentAt: number): void {
    if (this.#askedMs !== undefined) {
      const isEarly = performance.now() - sentAt < this.#askedMs
      this.#inVain = isEarly ? this.#inVain + 1 : 0
    }
    this.#heard = { value }
    this.#lost = undefined
  }

  lost(lost: AnswerLost): void {
    this.#inVain += 1
    this.#lost = lost
    if (this.#askedMs !== undefined) this.#partMs = Math.max(WAIT_PART_MIN_MS, this.#partMs / 2)
  }

  /** What follows from the last attempt. */
  next(): { value: Value } | { lost: AnswerLost } | { pauseMs: number } {
    const heard = this.#heard
    const now = performance.now()
    const isOver = now >= this.#waitUntil || (heard && this.#question.wait?.isOver(heard.value))
    if (heard && (isOver ?? true)) return heard
    const lost = this.#lost
    if (lost === undefined) return { pauseMs: this.#inVain === 0 ? 0 : pauseMs(this.#inVain) }
    if (!lost.mayPass) return { lost }
    const pause = Math.max(pauseMs(this.#inVain), Math.min(lost.retryAfterMs, RETRY_AFTER_MAX_MS))
    if (heard) return { pauseMs: Math.min(pause, this.#waitUntil - now) }
    return now + pause < this.#giveUpAt ? { pauseMs: pause } : { lost }
  }
}

/** Doubling up to its cap, and not the same for everybody: they would all come back at once. */
export function pauseMs(inVain: number): number {
  const longest = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (inVain - 1))
  return longest * (0.5 + Math.random() / 2)
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
