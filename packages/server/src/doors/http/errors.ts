import { AssentError, ERRORS, type ErrorCode, isAssentError } from '@assent/contract'
import type { WireError } from '@assent/contract/schemas'

/** Where this server explains a code. */
export function helpFor(code: ErrorCode): string {
  return `/errors/${code}`
}

/** An error as every door tells it over HTTP. */
export interface ErrorAnswer {
  status: number
  body: WireError
}

/** The answer to an error that was thrown on purpose; its details are in the names of the wire already. */
export function errorAnswer({ code, message, details }: AssentError): ErrorAnswer {
  const row = ERRORS[code]
  const body = { error: row.title, code, message, details, help: helpFor(code) } as WireError
  return { status: row.http, body }
}

/** A fault of ours: nothing of it is told, it is in the log. */
export const INTERNAL: ErrorAnswer = errorAnswer(
  new AssentError('INTERNAL', 'something failed here that should not; the log of the server has more'),
)

/** Whether this is an error of the table, of this version's table. */
export function isKnown(thrown: unknown): thrown is AssentError {
  return isAssentError(thrown) && Object.hasOwn(ERRORS, thrown.code)
}
