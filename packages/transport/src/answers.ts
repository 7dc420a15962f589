import type { CallAnswer } from '@assent/engine'

/** The answer to a call that was made. */
export type Answered = Extract<CallAnswer, { kind: 'answered' }>
/** The answer to a call that was not made. */
export type Held = Extract<CallAnswer, { kind: 'held' }>

/**
 * When a call is tried again whose function is not there, milliseconds: so late that nobody owns its transaction until
 * then, and another process of the application, which may have the function, can take it up.
 */
export const DEFINITION_RETRY_MS = 6_000

/** The step of a call is registered nowhere, so that nothing was done. */
export function definitionMissing(retryAfterMs: number = DEFINITION_RETRY_MS): Held {
  return { kind: 'held', reason: 'DEFINITION_MISSING', retryAfterMs }
}

/** An error for people is at most this long; it is kept with each attempt. */
export const ERROR_MAX_LENGTH = 500

export function unknown(error: string, status?: number | string): Answered {
  return {
    kind: 'answered',
    outcome: 'unknown',
    error: short(error),
    ...(status !== undefined && { status }),
  }
}

/** What something thrown says of itself: its message, never its stack. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return short(thrown.message || thrown.name)
  return typeof thrown === 'string' ? short(thrown) : 'something was thrown that is no error'
}

function short(text: string): string {
  return text.length > ERROR_MAX_LENGTH ? `${text.slice(0, ERROR_MAX_LENGTH)}…` : text
}
