import { ERRORS, type Json, type Problem, problemsInWords, type Refusal } from '@assent/contract'
import type { Answer } from '../barrier/decision.ts'

/** An HTTP answer, whatever framework sends it. */
export interface Reply {
  status: number
  headers: Record<string, string>
  /** '' for none. */
  body: string
}

/** How a call ended. */
export type Ending =
  | { outcome: 'done'; result?: Json; resultOmitted?: boolean }
  | { outcome: 'refused'; refusal: Refusal }
  | { outcome: 'ongoing'; retryAfterMs?: number }

/** How a call ended, as the coordinator reads it; the barrier's answer says also which case it was. */
export function replyTo(answer: Ending & { case?: Answer['case'] }): Reply {
  const headers: Record<string, string> = answer.case === undefined ? {} : { 'assent-barrier': answer.case }
  switch (answer.outcome) {
    case 'done':
      // There was one, which is not the same as none.
      if ('resultOmitted' in answer && answer.resultOmitted === true) headers['assent-result'] = 'omitted'
      return answer.result === undefined
        ? { status: 200, headers, body: '' }
        : { status: 200, headers: { ...headers, ...JSON_BODY }, body: JSON.stringify(answer.result) }
    case 'refused':
      return { status: 409, headers: { ...headers, ...JSON_BODY }, body: JSON.stringify(answer.refusal) }
    case 'ongoing':
      return { status: 202, headers: { ...headers, ...retryAfter(answer.retryAfterMs) }, body: '' }
  }
}

/**
 * The call can't be read: 400, which in phase one refuses it. It never took effect, and no repeat of it
 * will.
 */
export function malformed(problems: readonly Problem[]): Reply {
  return failure(400, {
    error: ERRORS.INVALID_REQUEST.title,
    code: 'INVALID_REQUEST',
    message: problemsInWords(problems),
    details: [...problems],
  })
}

export function tooLarge(bytesMax: number): Reply {
  const { http, title } = ERRORS.PAYLOAD_TOO_LARGE
  const message = `the body has more than ${bytesMax} bytes`
  return failure(http, { error: title, code: 'PAYLOAD_TOO_LARGE', message })
}

/**
 * The step is not registered here, such as while versions are changed: nothing happened, and the call waits with
 * attention until it is. Never 404, which phase one would take for a refusal.
 */
export function definitionMissing(name: string): Reply {
  const message = `${name} is not served here`
  const reply = failure(503, { error: 'Definition missing', code: 'DEFINITION_MISSING', message })
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(DEFINITION_RETRY_SECONDS) } }
}

/** When a call is made again whose step is not registered. */
const DEFINITION_RETRY_SECONDS = 5

/**
 * The call is not known to come from our coordinator, so nothing happened. 503 and not 401: phase one would take that for
 * a refusal, and a secret that was mistyped would abort everybody's transactions. So it is asked again, and seen.
 */
export function notVerified(problem: string): Reply {
  return failure(503, { error: 'Not verified', code: 'NOT_VERIFIED', message: problem })
}

/** Nothing happened, and the same call may be made again. */
export function unavailable(message: string): Reply {
  const reply = failure(503, { error: 'Unavailable', code: 'UNAVAILABLE', message })
  return { ...reply, headers: { ...reply.headers, 'retry-after': '1' } }
}

/** What went wrong is for the service's own log, and not for its callers. */
export function failed(): Reply {
  const message = 'the service failed; the call may be repeated'
  return failure(500, { error: 'Internal error', code: 'INTERNAL', message })
}

const JSON_BODY = { 'content-type': 'application/json' }
const SECOND_MS = 1_000

function failure(status: number, body: Record<string, Json | readonly Problem[]>): Reply {
  return { status, headers: { ...JSON_BODY }, body: JSON.stringify(body) }
}

function retryAfter(retryAfterMs: number | undefined): Record<string, string> {
  if (retryAfterMs === undefined) return {}
  return { 'retry-after': String(Math.ceil(retryAfterMs / SECOND_MS)) }
}
