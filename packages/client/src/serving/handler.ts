import { isOngoing, isRefused, type Json, type Problem, refusalOf } from '@assent/contract'
import {
  type Admitted,
  admittingHandler,
  BarrierUnavailable,
  definitionMissing,
  type Ending,
  type FetchHandler,
  failed,
  malformed,
  type Reply,
  readCall,
  readQuery,
  replyTo,
  unavailable,
  type Verification,
} from '@assent/participant'
import type { ServedCall, ServedFunction } from './call.ts'

export interface ServingOptions {
  /** By `name/version/step`, and a message's query by `name/version`. */
  functions: ReadonlyMap<string, ServedFunction>
  /** The path that the coordinator calls, without a slash at its end; behind it stands the name of the function. */
  path: string
  /** Serves only calls that are signed with one of these secrets; any call when absent. */
  verified?: Verification
  /** Told what a function threw, but for refusals. Writes to stderr by default. */
  onError?: (error: unknown, call: ServedCall) => void
}

export interface Serving {
  handler: FetchHandler
  /** Signals the functions that run, and takes no more calls. */
  close(): void
}

/** Serves functions to the coordinator. Throws TypeError for secrets that are none. */
export function serving({ functions, path, verified, onError = writeError }: ServingOptions): Serving {
  const running = new Set<AbortController>()
  let isClosed = false
  const answer = async (admitted: Admitted): Promise<Reply> => {
    if (isClosed) return unavailable(CLOSING)
    const name = nameIn(admitted.target, path)
    const run = functions.get(name)
    if (run === undefined) return definitionMissing(name || admitted.target)
    const stop = stopWith(admitted.signal)
    const call = readServedCall(admitted, stop.signal)
    if ('problems' in call) return malformed(call.problems)
    running.add(stop)
    return answerOf(run, call, toldTo(onError, call)).finally(() => running.delete(stop))
  }
  return {
    handler: admittingHandler(answer, { ...(verified && { verified }) }),
    close() {
      isClosed = true
      for (const stop of running) stop.abort(new Error(CLOSING))
    },
  }
}

const CLOSING = 'the service is closing'

/** Not AbortSignal.any: joined with a signal that lives as long as the service, each call would leave something behind. */
function stopWith(signal: AbortSignal): AbortController {
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return stop
}

async function answerOf(
  run: ServedFunction,
  call: ServedCall,
  onError: (error: unknown) => void,
): Promise<Reply> {
  try {
    const returned = await run(call)
    // An error that is returned counts as thrown.
    if (returned instanceof Error) throw returned
    return replyTo(endingOf(returned, onError))
  } catch (thrown) {
    if (isRefused(thrown)) return replyTo({ outcome: 'refused', refusal: refusalOf(thrown) })
    onError(thrown)
    return thrown instanceof BarrierUnavailable ? unavailable(thrown.message) : failed()
  }
}

/** Whatever becomes of the telling, the coordinator is answered. */
function toldTo(onError: NonNullable<ServingOptions['onError']>, call: ServedCall): (error: unknown) => void {
  return (error) => {
    try {
      onError(error, call)
    } catch (failure) {
      writeError(error, call)
      console.error('and onError failed:', failure)
    }
  }
}

/** The name of a function, which stands behind the path; '' for what is not called there. */
function nameIn(target: string, path: string): string {
  const [called = ''] = target.split('?', 1)
  return called.startsWith(`${path}/`) ? called.slice(path.length + 1) : ''
}

function readServedCall(
  { header, headerNames, body: text }: Admitted,
  signal: AbortSignal,
): ServedCall | { problems: readonly Problem[] } {
  const headers: Record<string, string> = {}
  for (const name of headerNames) headers[name] = header(name) ?? ''
  const body = readBody(text)
  if ('problems' in body) return body
  if (header('assent-op') === 'query') {
    const query = readQuery(header)
    if ('problems' in query) return query
    return { ...query, op: 'query', mode: 'message', phase: 'query', attempt: 1, headers, signal, ...body }
  }
  const call = readCall(header)
  if ('problems' in call) return call
  const { gid, branchId, op, mode, phase, attempt = 1 } = call
  if (mode === undefined) return { problems: [{ path: 'assent-mode', problem: 'is missing' }] }
  if (phase === undefined) return { problems: [{ path: 'assent-phase', problem: 'is missing' }] }
  return { gid, branchId, op, mode, phase, attempt, headers, signal, ...body }
}

function readBody(text: string): { body?: Json } | { problems: readonly Problem[] } {
  if (text === '') return {}
  try {
    return { body: JSON.parse(text) }
  } catch {
    return { problems: [{ path: 'body', problem: 'is no JSON' }] }
  }
}

function endingOf(returned: unknown, onError: (error: unknown) => void): Ending {
  if (isOngoing(returned)) {
    const { retryAfterMs } = returned
    return { outcome: 'ongoing', ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }
  try {
    const text: string | undefined = JSON.stringify(returned)
    return text === undefined ? { outcome: 'done' } : { outcome: 'done', result: JSON.parse(text) }
  } catch (error) {
    // The function has done its work, so that a result that JSON can not say is left out, and undoes nothing.
    onError(error)
    return { outcome: 'done', resultOmitted: true }
  }
}

function writeError(error: unknown, { op, branchId, gid }: ServedCall): void {
  const ofStep = branchId === undefined ? '' : ` of step ${branchId}`
  console.error(`${op}${ofStep} of ${gid} failed:`, error)
}
