import { isAssentError } from '@assent/contract'
import { StoreUnavailable } from '@assent/engine'

/** The command never left: no connection stood. */
export class NotSent extends Error {
  override readonly name = 'NotSent'
}

/** The command left, and nobody knows what became of it. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost'
}

/** A server answered with an error. */
export class ErrorAnswer extends Error {
  override readonly name = 'ErrorAnswer'
  /** As the server wrote it. */
  readonly reply: string

  constructor(where: string, reply: string, cause: unknown) {
    super(`${where} answers: ${reply}`, { cause })
    this.reply = reply
  }
}

/** With these a server refuses a command, or a whole script, before it does anything. */
const REFUSED =
  /^(?:OOM|READONLY|MISCONF|NOREPLICAS|LOADING|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|BUSY|NOSCRIPT|NOAUTH|NOPERM|MOVED|ASK)\b/
/** What a server adds to an error that came out of a script under way. */
const UNDER_WAY = / script: [0-9a-f]{40}, on /

/** Whether nothing was done, for certain. */
export function isCertain(error: unknown): boolean {
  if (error instanceof NotSent || error instanceof StoreUnavailable) return true
  return error instanceof ErrorAnswer && REFUSED.test(error.reply) && !UNDER_WAY.test(error.reply)
}

/** A reading that failed changed nothing. */
export async function reading<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    throw isAssentError(error) ? error : unavailable(error)
  }
}

/** Whoever hears another error than StoreUnavailable does not know what was changed. */
export async function changing<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    throw isCertain(error) ? unavailable(error) : error
  }
}

/** Waits for all. Where some failed, nothing was done for certain only if all of them failed so. */
export async function allOf<Answer>(parts: readonly Promise<Answer>[]): Promise<Answer[]> {
  const settled = await Promise.allSettled(parts)
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []))
  const [first] = failures
  if (first === undefined) return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const unknown = failures.find((failure) => !isCertain(failure))
  if (unknown !== undefined) throw unknown
  if (failures.length === settled.length) throw first
  throw new AnswerLost(`a part was done, and another was not: ${first.message}`, { cause: first })
}

function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  return new StoreUnavailable(error instanceof Error ? error.message : String(error), { cause: error })
}
