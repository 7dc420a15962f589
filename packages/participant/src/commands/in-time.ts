import type { Answered } from './answer-command.ts'
import { unknown } from './reply.ts'

/** How long a command may take, the barrier's own waits included; milliseconds. */
export const COMMAND_TIMEOUT_MS = 60_000
/** As long as a timer can be told to wait, milliseconds. */
export const COMMAND_TIMEOUT_MAX_MS = 2 ** 31 - 1

/**
 * What a command came to, or that nobody knows yet. What goes on is left to the barrier, whose transaction is still open:
 * it keeps what that comes to, and answers a repeat with it. `onLate` is told what was thrown in the end.
 */
export async function inTime(
  answering: Promise<Answered>,
  timeoutMs: number,
  onLate: (thrown: unknown) => void,
): Promise<Answered> {
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<Answered>((resolve) => {
    timer = setTimeout(() => {
      void answering.then((late) => 'thrown' in late && onLate(late.thrown))
      resolve(answerOverdue(timeoutMs))
    }, timeoutMs)
  })
  try {
    return await Promise.race([answering, overdue])
  } finally {
    clearTimeout(timer)
  }
}

function answerOverdue(timeoutMs: number): Answered {
  const error = `the command did not end within ${timeoutMs} ms; it may be repeated`
  return { content: unknown(error, 'TIMEOUT'), thrown: new Error(error) }
}
