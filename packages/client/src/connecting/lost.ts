import { AssentError, type ErrorCode } from '@assent/contract'
import type { Answer } from './exchange/exchange.ts'
import { QUOTED_LENGTH } from './limits.ts'
import { error as errorOf } from './wire/answers.ts'

/** Answers that say "not now": the same request may be sent again, and is likely to succeed later. */
const NOT_NOW = new Set([408, 425, 429, 500, 502, 503, 504])

/** Nobody knows what became of a request; asked again it can do no harm. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost'
  /** Whether asking again may help. */
  readonly mayPass: boolean
  /** What the server asked to wait. */
  readonly retryAfterMs: number
  /** What the server itself said of it, in the words of the table. */
  readonly told: AssentError | undefined

  constructor(message: string, { mayPass = true, retryAfterMs = 0, told, cause }: LostOptions = {}) {
    super(message, { cause })
    this.mayPass = mayPass
    this.retryAfterMs = retryAfterMs
    this.told = told
  }
}

interface LostOptions {
  mayPass?: boolean
  retryAfterMs?: number
  told?: AssentError
  cause?: unknown
}

/** No answer came, or not all of it. */
export function notAnswered(thrown: unknown): AnswerLost {
  return thrown instanceof AnswerLost ? thrown : new AnswerLost(reasonOf(thrown), { cause: thrown })
}

/** The body of an answer that is ours; throws what the server refused with, or AnswerLost. */
export function bodyOf(answer: Answer): unknown {
  const { status } = answer
  const body = parsed(answer)
  if (status >= 200 && status < 300) return body
  const told = toldBy(body)
  if (told === undefined) throw foreign(answer)
  // A fault of the server is told at once: its remedy is a report, not a repeat.
  if (!NOT_NOW.has(status) || told.code === 'INTERNAL') throw told
  throw new AnswerLost(told.message, { told, retryAfterMs: retryAfterOf(answer) })
}

function parsed(answer: Answer): unknown {
  const { status, text } = answer
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    const isCut = status < 300 && isJson(answer)
    throw isCut ? new AnswerLost('the answer is cut off', { cause }) : foreign(answer)
  }
}

/** An answer in the shape of our errors; a proxy's own page is none. */
function toldBy(body: unknown): AssentError | undefined {
  try {
    const { code, message, details } = errorOf(body, '')
    return new AssentError(code as ErrorCode, message, details as AssentError['details'])
  } catch {
    return undefined
  }
}

/** Something stands between us and the server, or there is no server of ours at all. */
export function foreign(answer: Answer, cause?: unknown): AnswerLost {
  const quoted = answer.text.slice(0, QUOTED_LENGTH).replace(/\s+/g, ' ').trim()
  const to = answer.header('location')
  const said = to === undefined ? JSON.stringify(quoted) : `a redirect to ${to}, which is not followed`
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new AnswerLost(`what answers is no Assent server: HTTP ${answer.status}, ${said}${why}`, {
    mayPass: NOT_NOW.has(answer.status),
    retryAfterMs: retryAfterOf(answer),
    cause,
  })
}

function isJson(answer: Answer): boolean {
  return answer.header('content-type')?.includes('json') === true
}

const SECOND_MS = 1_000

/** `Retry-After` in seconds; a date says nothing here, for clocks differ. */
function retryAfterOf(answer: Answer): number {
  const header = answer.header('retry-after') ?? ''
  return /^\d{1,7}$/.test(header) ? Number(header) * SECOND_MS : 0
}

/** Such as `connect ECONNREFUSED 10.0.0.7:36789`; a fetch hides it behind an error of its own. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  if (!(cause instanceof Error)) return String(cause)
  const { code } = cause as NodeJS.ErrnoException
  return cause.message || code || cause.name
}

/** What callers are told when a request is given up. */
export function givenUp(
  lost: AnswerLost,
  about: { url: string; gid?: string; attempts: number },
): AssentError {
  if (lost.told !== undefined) return lost.told
  const { url, gid, attempts } = about
  const advice = gid === undefined ? '' : '; it may have been kept or not: repeat it with the same gid'
  const times = attempts === 1 ? '' : ` after ${attempts} attempts`
  const message = `no answer from ${url}${times}: ${lost.message}${advice}`
  return new AssentError(
    'STORE_UNAVAILABLE',
    message,
    { ...(gid !== undefined && { gid }), attempts },
    { cause: lost },
  )
}
