import type { IncomingHttpHeaders } from 'node:http'
import { httpOutcome, type Json, type Phase, type Refusal } from '@assent/contract'
import { type Answered, definitionMissing, ERROR_MAX_LENGTH, type Held, unknown } from '../answers.ts'
import { keptRefusal, readRefusal } from '../refusal.ts'
import { keptResult } from '../result.ts'
import { retryAfterMs } from './retry-after.ts'

/** A complete HTTP answer. */
export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** What a participant's answer means. `wall` is epoch milliseconds, for dates in headers. */
export function readAnswer(answer: HttpAnswer, phase: Phase, wall: number): Answered | Held {
  const { status } = answer
  const outcome = httpOutcome(status, phase)
  switch (outcome) {
    case 'done':
      return { kind: 'answered', outcome, status, ...readResult(answer) }
    case 'refused':
      return { kind: 'answered', outcome, status, ...readBodyAsRefusal(answer) }
    case 'ongoing':
      return { kind: 'answered', outcome, status, ...readPause(answer, wall) }
    case 'unknown':
      if (saysThatDefinitionIsMissing(answer)) return definitionMissing(readPause(answer, wall).retryAfterMs)
      return { ...unknown(describe(answer), status), ...readPause(answer, wall) }
  }
}

function readResult(answer: HttpAnswer): Pick<Answered, 'result' | 'resultOmitted' | 'error'> {
  if (answer.body.length === 0)
    return answer.headers['assent-result'] === 'omitted' ? { resultOmitted: true } : {}
  const encoding = foreignEncoding(answer)
  if (encoding !== undefined)
    return { resultOmitted: true, error: `the result is ${encoding}, which was not asked for` }
  const text = readText(answer.body)
  if (text.trim() === '') return {}
  return keptResult(readJson(text), answer.body.length)
}

function readBodyAsRefusal(answer: HttpAnswer): { refusal?: Refusal } {
  const text = foreignEncoding(answer) === undefined ? readText(answer.body).trim() : ''
  const refusal = text === '' ? undefined : readRefusal(readJson(text))
  return refusal === undefined ? {} : { refusal: keptRefusal(refusal) }
}

function readPause({ headers }: HttpAnswer, wall: number): { retryAfterMs?: number } {
  const pause = retryAfterMs(headers['retry-after'], wall)
  return pause === undefined ? {} : { retryAfterMs: pause }
}

/**
 * A service without the step that was called, such as one that is not upgraded yet, did nothing and says so: 503 with
 * this code. By a 404 it would refuse.
 */
function saysThatDefinitionIsMissing(answer: HttpAnswer): boolean {
  if (answer.status !== 503 || foreignEncoding(answer) !== undefined) return false
  return readRefusal(readJson(readText(answer.body)))?.code === 'DEFINITION_MISSING'
}

/** For people: the status, and the beginning of what came with it. */
function describe(answer: HttpAnswer): string {
  const { status, headers, body } = answer
  if (status >= 300 && status < 400) {
    return `answered ${status}${headers.location ? ` to ${headers.location}` : ''}; redirects are not followed`
  }
  const text = foreignEncoding(answer) === undefined ? readText(body).trim() : ''
  if (text === '') return `answered ${status}`
  const said = readRefusal(readJson(text))?.message ?? text
  return `answered ${status}: ${said.slice(0, ERROR_MAX_LENGTH).replace(/\s+/g, ' ')}`
}

/** An encoding that no call asks for, so that the body can't be read. */
function foreignEncoding({ headers }: HttpAnswer): string | undefined {
  // A header that is sent twice comes as a list.
  const encoding = String(headers['content-encoding'] ?? '')
  return encoding === '' || encoding.toLowerCase() === 'identity' ? undefined : encoding
}

const BYTE_ORDER_MARK = '\uFEFF'

/** Bytes that are no UTF-8 become the replacement character. */
function readText(body: Buffer): string {
  const text = body.toString('utf8')
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

/** A text that is no JSON stands for itself. */
function readJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
