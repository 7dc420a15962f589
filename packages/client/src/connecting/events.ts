import { AssentError, type CancelSignal, type DurableState, isEnded } from '@assent/contract'
import { type Asker, pauseMs } from './asking.ts'
import type { OpenAnswer } from './exchange/exchange.ts'
import { EVENT_SILENCE_MS } from './limits.ts'
import { AnswerLost, notAnswered } from './lost.ts'
import { readEvents } from './server-sent-events.ts'
import { transaction } from './wire/answers.ts'

/**
 * Durable states until the end, newest only. A stream that breaks off is opened again behind the last state that was
 * seen. Throws what the server refuses with, and STORE_UNAVAILABLE when nothing is heard for as long as a request is
 * asked again.
 */
export async function* events(
  asker: Asker,
  { gid, after, signal }: { gid: string; after?: number; signal?: CancelSignal },
): AsyncGenerator<DurableState> {
  let seen = after
  let attempts = 0
  let heardAt = performance.now()
  const stop = stopWith(asker, signal)
  try {
    while (!stop.signal.aborted) {
      attempts += 1
      try {
        for await (const state of statesOf(asker, gid, seen, stop.signal)) {
          seen = state.version
          attempts = 0
          yield state
          heardAt = performance.now()
          if (isEnded(state.transaction.status)) return
        }
        return
      } catch (thrown) {
        if (stop.signal.aborted) break
        if (thrown instanceof AssentError) throw thrown
        const lost = notAnswered(thrown)
        const isPatient = performance.now() - heardAt < asker.timeoutMs
        if (!lost.mayPass || !isPatient) throw asker.givenUp(lost, Math.max(1, attempts))
        await asker.pause(Math.max(pauseMs(Math.max(1, attempts)), lost.retryAfterMs))
      }
    }
    if (signal?.aborted !== true) throw asker.givenUp(new AnswerLost('the connection was closed'), 1)
  } finally {
    stop.release()
  }
}

/** The states of one stream. Ends when the server says so, and throws when it breaks off. */
async function* statesOf(
  asker: Asker,
  gid: string,
  seen: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<DurableState> {
  const headers = {
    accept: 'text/event-stream',
    ...(seen !== undefined && { 'last-event-id': String(seen) }),
  }
  const answer = await asker.open(`/api/tx/${gid}/events`, headers, signal)
  // The end was seen before.
  if (answer.status === 204) return answer.cut()
  const silence = cutWhenSilent(answer)
  try {
    for await (const { id, event, data } of readEvents(answer.chunks, silence.heard)) {
      if (event === 'end') return
      yield { version: Number(id), transaction: transaction(JSON.parse(data), '') }
    }
  } finally {
    silence.release()
    answer.cut()
  }
  throw new AnswerLost('the event stream broke off')
}

function cutWhenSilent(answer: OpenAnswer) {
  let timer: ReturnType<typeof setTimeout>
  const heard = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => answer.cut(), EVENT_SILENCE_MS)
  }
  heard()
  return { heard, release: () => clearTimeout(timer) }
}

/** One signal for the reader's own and the closing of the connection. */
function stopWith(asker: Asker, signal: CancelSignal | undefined) {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  signal?.addEventListener('abort', abort)
  asker.closed.addEventListener('abort', abort)
  if (signal?.aborted || asker.closed.aborted) abort()
  return {
    signal: stop.signal,
    release: () => {
      abort()
      signal?.removeEventListener('abort', abort)
      asker.closed.removeEventListener('abort', abort)
    },
  }
}
