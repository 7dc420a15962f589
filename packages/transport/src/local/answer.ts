import { isOngoing, isRefused, type Refusal, type Refused, refusalOf } from '@assent/contract'
import { type Answered, messageOf, unknown } from '../answers.ts'
import { keptRefusal } from '../refusal.ts'
import { keptResult } from '../result.ts'

/** What a function's return value means. An error that is returned counts as thrown. */
export function readReturned(returned: unknown): Answered {
  if (returned instanceof Error) return readThrown(returned)
  if (!isOngoing(returned)) return { kind: 'answered', outcome: 'done', ...readResult(returned) }
  return { kind: 'answered', outcome: 'ongoing', ...readPause(returned.retryAfterMs) }
}

/** Whole milliseconds; a pause that is no number is none. */
function readPause(ms: number | undefined): Pick<Answered, 'retryAfterMs'> {
  return ms !== undefined && Number.isFinite(ms) ? { retryAfterMs: Math.max(0, Math.ceil(ms)) } : {}
}

export function readThrown(thrown: unknown): Answered {
  if (!isRefused(thrown)) return unknown(messageOf(thrown))
  return { kind: 'answered', outcome: 'refused', refusal: keptRefusal(asJson(thrown)) }
}

/** The function has done its work, so a result that JSON can't say is omitted and refuses nothing. */
function readResult(returned: unknown): Pick<Answered, 'result' | 'resultOmitted' | 'error'> {
  try {
    const text: string | undefined = JSON.stringify(returned)
    return text === undefined ? {} : keptResult(JSON.parse(text), Buffer.byteLength(text))
  } catch (thrown) {
    return { resultOmitted: true, error: `the result is no JSON: ${messageOf(thrown)}` }
  }
}

function asJson(refused: Refused): Refusal {
  const refusal = refusalOf(refused)
  try {
    return JSON.parse(JSON.stringify(refusal))
  } catch {
    return { code: refused.code, message: refused.message }
  }
}
