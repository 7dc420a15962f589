import type { Answer } from './exchange/exchange.ts'
import {
  ATTEMPT_TIMEOUT_MS,
  PAUSE_FIRST_MS,
  PAUSE_MAX_MS,
  RETRY_AFTER_MAX_MS,
  WAIT_PART_MIN_MS,
  WAIT_PART_MS,
} from './limits.ts'
import type { AnswerLost } from './lost.ts'

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

/** How far a question has come: what was heard, how often it was asked, and when it is given up. */
export class Course<Value> {
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
