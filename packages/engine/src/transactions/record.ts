import {
  ATTEMPTS_KEPT,
  type Attempt,
  type Json,
  type Operation,
  RESULT_MAX_BYTES,
  RESULTS_MAX_BYTES,
} from '@assent/contract'
import type { Draft } from './draft.ts'
import type { Answered, Reported } from './events.ts'
import { isTooDeep } from './references.ts'
import type { Branch } from './transaction.ts'

/** The last attempts, newest at the end. */
export function withAttempt(attempts: readonly Attempt[], attempt: Attempt): readonly Attempt[] {
  return [...(attempts.length < ATTEMPTS_KEPT ? attempts : attempts.slice(1 - ATTEMPTS_KEPT)), attempt]
}

/** A call, as the history shows it. `ignored`: it answered another operation than the open one. */
export function attemptOf(answered: Answered, ignored: boolean): Attempt {
  const { op, at, durationMs, outcome, status, error } = answered
  const attempt: Attempt = { op, at, durationMs, outcome }
  if (status !== undefined) attempt.status = status
  if (error !== undefined) attempt.error = error
  if (ignored) attempt.ignored = true
  return attempt
}

/** A report, as the history shows it: with who said so. */
export function reportedAttempt(op: Operation, { outcome, by, reason }: Reported, now: number): Attempt {
  const attempt: Attempt = { op, at: now, durationMs: 0, outcome, by }
  if (reason !== undefined) attempt.error = reason
  return attempt
}

/** Bytes of a text in UTF-8; a surrogate half counts as the three bytes of its replacement. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    // A surrogate pair is two units and four bytes: the two that its first half has added are all.
    const isPair = unit >= 0xd800 && unit < 0xdc00 && text.charCodeAt(index + 1) >> 10 === 0x37
    if (isPair) index++
  }
  return bytes
}

/** Keeps a result whole or not at all: not if it is too long, or nests too deeply to be written down. */
export function keepResult(draft: Draft, branch: Branch, result: Json | undefined, omitted = false): void {
  if (omitted) branch.resultOmitted = true
  if (result === undefined || omitted) return
  if (isTooDeep(result)) {
    branch.resultOmitted = true
    return
  }
  const bytes = utf8Bytes(JSON.stringify(result))
  if (bytes > RESULT_MAX_BYTES || draft.transaction.resultBytes + bytes > RESULTS_MAX_BYTES) {
    branch.resultOmitted = true
    return
  }
  branch.result = result
  draft.transaction.resultBytes += bytes
}
