import { AssentError, type CancelSignal, type DurableState, isEnded } from '@assent/contract'
import type { Asker } from './asking.ts'
import { pauseMs } from './course.ts'
import type { OpenAnswer } from './exchange/exchange.ts'
import { EVENT_SILENCE_MS, RETRY_AFTER_MAX_MS } from './limits.ts'
import { AnswerLost, notAnswered } from './lost.ts'
import { readEvents, type ServerSentEvent } from './server-sent-events.ts'
import { transaction } from './wire/answers.ts'
import { WrongShape } from './wire/readers.ts'

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
  const heard = (): void => {
    heardAt = performance.now()
  }
  const stop = stopWith(asker, signal)
  try {
    while (!stop.signal.aborted) {
      attempts += 1
      try {
        for await (const state of statesOf(asker, { gid, seen, signal: stop.signal, heard })) {
          seen = state.version
          attempts = 0
          yield state
          heard()
          if (isEnded(state.transaction.status)) return
        }
        return
      } catch (thrown) {
        if (stop.signal.aborted) break
        if (thrown instanceof AssentError) throw thrown
        const lost = notAnswered(thrown)
        const isPatient = performance.now() - heardAt < asker.timeoutMs
        if (!lost.mayPass || !isPatient) throw asker.givenUp(lost, Math.max(1, attempts))
        const pause = Math.max(
          pauseMs(Math.max(1, attempts)),
          Math.min(lost.retryAfterMs, RETRY_AFTER_MAX_MS),
        )
        await asker.pause(pause, stop.signal)
      }
    }
    if (signal?.aborted !== true) throw asker.givenUp(new AnswerLost('the connection was closed'), 1)
  } finally {
    stop.release()
  }
}

interface Reading {
  gid: string
  seen: number | undefined
  signal: AbortSignal
  /** Told when a stream is over, for however long it was quiet. */
  heard(): void
}

/** The states of one stream. Ends when the server says so, and throws when it breaks off. */
async function* statesOf(asker: Asker, { gid, seen, signal, heard }: Reading): AsyncGenerator<DurableState> {
  const headers = {
    accept: 'text/event-stream',
    ...(seen !== undefined && { 'last-event-id': String(seen) }),
  }
  const answer = await asker.open(`/api/tx/${gid}/events`, headers, signal)
  // The end was seen before.
  if (answer.status === 204) return answer.cut()
  const silence = cutWhenSilent(answer)
  try {
    for await (const event of readEvents(answer.chunks, silence.restart)) {
      if (event.event === 'end') return
      yield stateOf(event)
    }
  } finally {
    heard()
    silence.release()
    answer.cut()
  }
  throw new AnswerLost('the event stream broke off')
}

function stateOf({ id, data }: ServerSentEvent): DurableState {
  try {
    return { version: versionOf(id), transaction: transaction(JSON.parse(data), '') }
  } catch (cause) {
    throw new AnswerLost('what tells events is no Assent server', { mayPass: false, cause })
  }
}

function versionOf(id: string): number {
  if (/^\d{1,15}$/.test(id)) return Number(id)
  throw new WrongShape('the id of the event is not a version')
}

function cutWhenSilent(answer: OpenAnswer) {
  let timer: ReturnType<typeof setTimeout>
  const restart = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => answer.cut(), EVENT_SILENCE_MS)
  }
  restart()
  return { restart, release: () => clearTimeout(timer) }
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
