import { ATTEMPTS_KEPT, type Attempt, type Json, RESULT_MAX_BYTES, RESULTS_MAX_BYTES } from '@assent/contract'
import type { Draft } from './draft.ts'
import { isTooDeep } from './references.ts'
import type { Branch } from './transaction.ts'

/** The last attempts, newest at the end. */
export function withAttempt(attempts: readonly Attempt[], attempt: Attempt): readonly Attempt[] {
  return [...(attempts.length < ATTEMPTS_KEPT ? attempts : attempts.slice(1 - ATTEMPTS_KEPT)), attempt]
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
