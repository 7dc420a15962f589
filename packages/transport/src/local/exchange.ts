import type { CancelSignal, Json } from '@assent/contract'
import type { Call, CallAnswer, Clock } from '@assent/engine'
import { type Answered, unknown } from '../answers.ts'
import { readReturned, readThrown } from './answer.ts'
import type { LocalFunction, LocalRequest } from './function.ts'

/** Why a function is stopped whose transaction was aborted meanwhile. */
const CALLED_OFF = 'called off: the answer no longer matters'

/**
 * Runs a function and waits for it. When `signal` fires or the time of the call is over the function is
 * signalled, and what it then answers still counts: only the function knows what it did. One that hasn't
 * settled `graceMs` after its time counts as unknown, because every wait ends; what it still does then, only
 * a barrier can tell from a repeat or keep out after the undo.
 */
export function exchange(
  run: LocalFunction,
  call: Call,
  signal: CancelSignal,
  { clock, graceMs }: { clock: Clock; graceMs: number },
): Promise<CallAnswer> {
  if (signal.aborted) return Promise.resolve(unknown(`${CALLED_OFF}; the function was not run`))
  return new Promise((resolve) => {
    const stop = new AbortController()
    const callOff = () => stop.abort(new Error(CALLED_OFF))
    const giveUp = () => {
      const after = `${graceMs} ms after its ${call.timeoutMs} ms were over and it was signalled`
      answer(unknown(`still running ${after}`))
    }
    let cancelTimer = clock.after(call.timeoutMs, () => {
      cancelTimer = clock.after(graceMs, giveUp)
      stop.abort(new Error(`no answer within ${call.timeoutMs} ms`))
    })
    const answer = (answered: Answered) => {
      cancelTimer()
      signal.removeEventListener('abort', callOff)
      resolve(answered)
    }

    signal.addEventListener('abort', callOff)
    runAsync(run, call, stop.signal).then(
      (returned) => answer(readReturned(returned)),
      (thrown) => answer(readThrown(thrown)),
    )
  })
}

/** A function that throws before it returns a promise has thrown like any other. */
async function runAsync(run: LocalFunction, call: Call, signal: AbortSignal): Promise<unknown> {
  return run(requestOf(call, signal))
}

function requestOf(call: Call, signal: AbortSignal): LocalRequest {
  const { gid, branchId, op, mode, phase, attempt, body, headers, timeoutMs } = call
  return {
    gid,
    ...(branchId !== undefined && { branchId }),
    op,
    mode,
    phase,
    attempt,
    ...(body !== undefined && { body: copyOf(body) }),
    headers: { ...headers },
    signal,
    timeoutMs,
  }
}

/** Over any other transport the participant would hold a copy, too. */
function copyOf(body: Json): Json {
  return JSON.parse(JSON.stringify(body))
}
