import type { IncomingMessage } from '@assent/contract'
import { SWEEP_GRACE_MS } from '../barrier/sweep/sweep.ts'
import type { Answered } from './answer-command.ts'
import { unknown } from './reply.ts'

/**
 * An older command is not carried out, milliseconds: a topic that is read again from its beginning brings back what the
 * barrier has been swept of by now, and would do again. The other half of the sweep's grace is for clocks that differ.
 */
export const COMMAND_AGE_MAX_MS = SWEEP_GRACE_MS / 2

export function isTooOld({ timestamp }: IncomingMessage): boolean {
  return Date.now() - timestamp > COMMAND_AGE_MAX_MS
}

/** Whoever still waits for it asks again, by a new command. */
export const TOO_OLD: Answered = {
  content: unknown(
    `the command was sent more than ${COMMAND_AGE_MAX_MS} ms ago, and is not carried out`,
    'TOO_OLD',
  ),
}
