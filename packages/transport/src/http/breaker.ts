import { BREAKER_FAILURES, BREAKER_PAUSE_MAX_MS, BREAKER_PAUSE_MS } from './limits.ts'

/**
 * Keeps a participant that can't be connected to from being called over and over.
 *
 * It opens when several attempts to connect fail one after another. Once its pause is over, one call goes
 * through as a probe: if that can't connect either, the pause doubles up to a cap. Whatever shows that the
 * participant is there, a connection or an answer, closes it. Times are of a clock that never goes backwards.
 */
export class Breaker {
  #failures = 0
  #pauseMs = 0
  #openUntil = 0
  #probing = false

  /** Nothing is held against the participant. */
  get isClean(): boolean {
    return this.#failures === 0
  }

  get isOpen(): boolean {
    return this.#failures >= BREAKER_FAILURES
  }

  /** Whether a call may be made now; if not, when to ask again. Who is let through as the probe must say how it went. */
  ask(now: number): { pass: true; probe: boolean } | { pass: false; retryAfterMs: number } {
    if (!this.isOpen) return { pass: true, probe: false }
    if (this.#probing || now < this.#openUntil) return { pass: false, retryAfterMs: this.pauseMs(now) }
    this.#probing = true
    return { pass: true, probe: true }
  }

  /** When it is worth asking again, from now on, in whole milliseconds. */
  pauseMs(now: number): number {
    return now < this.#openUntil ? Math.ceil(this.#openUntil - now) : BREAKER_PAUSE_MS
  }

  /** The participant is there. */
  close(): void {
    this.#failures = 0
    this.#pauseMs = 0
    this.#probing = false
  }

  /** A call could not connect. */
  fail(now: number, probe: boolean): void {
    this.#failures += 1
    if (probe) this.#probing = false
    const opens = this.#failures === BREAKER_FAILURES
    if (!opens && !(probe && this.isOpen)) return
    this.#pauseMs = opens ? BREAKER_PAUSE_MS : Math.min(this.#pauseMs * 2, BREAKER_PAUSE_MAX_MS)
    this.#openUntil = now + this.#pauseMs
  }

  /** The probe ended without having tried to connect: the next call is the probe. */
  abandonProbe(): void {
    this.#probing = false
  }
}
