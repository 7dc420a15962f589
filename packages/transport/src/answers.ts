import type { CallAnswer } from '@assent/engine'

/** The answer to a call that was made. */
export type Answered = Extract<CallAnswer, { kind: 'answered' }>
/** The answer to a call that was not made. */
export type Held = Extract<CallAnswer, { kind: 'held' }>

/** An error for people is at most this long; it is kept with each attempt. */
export const ERROR_MAX_LENGTH = 500

export function unknown(error: string, status?: number): Answered {
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
