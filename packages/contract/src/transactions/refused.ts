import type { Refusal } from './requests.ts'
import type { Json } from './words.ts'

/**
 * What a participant's function throws to refuse: nothing took effect, and nothing will. In phase one that
 * decides abort. After anything else that it throws the outcome is unknown, and it is called again.
 *
 *     throw new Refused('INSUFFICIENT_FUNDS', 'the account holds 3, not 30', { balance: 3 })
 *     throw new Refused('OUT_OF_STOCK', { sku: 'lamp' })
 */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: string
  readonly details: Json | undefined

  /** `said` is the message, for people; or the details, where the code says it all. */
  constructor(code: string, said: Json = code, details?: Json, options?: { cause?: unknown }) {
    const isMessage = typeof said === 'string'
    super(isMessage ? said : code, options)
    this.code = code
    this.details = isMessage ? details : said
  }
}

/** Whether something thrown refuses, from whichever copy of this package. */
export function isRefused(thrown: unknown): thrown is Refused {
  return thrown instanceof Error && thrown.name === 'Refused' && 'code' in thrown
}

/** What of a refusal is told: details that JSON can't say are left out, and change nothing about its being one. */
export function refusalOf({ code, message, details }: Refused): Refusal {
  return isSayable(details) ? { code, message, details } : { code, message }
}

function isSayable(details: Json | undefined): details is Json {
  try {
    return JSON.stringify(details) !== undefined
  } catch {
    return false
  }
}

/** The same in every copy of this package. */
const ONGOING: unique symbol = Symbol.for('assent.ongoing')

/** Says that a call is not decided yet; made by `ongoing()`. */
export interface Ongoing {
  readonly [ONGOING]: true
  /** How long to wait before asking again, where that is longer than the retry interval; its cap holds. */
  readonly retryAfterMs?: number
}

/**
 * What a participant's function returns while its work goes on elsewhere: the call is asked again, until it
 * is answered otherwise or its end is reported.
 */
export function ongoing(options: { retryAfterMs?: number } = {}): Ongoing {
  return { [ONGOING]: true, ...options }
}

/** Whether what a function returned is `ongoing()`, from whichever copy of this package. */
export function isOngoing(returned: unknown): returned is Ongoing {
  return typeof returned === 'object' && returned !== null && ONGOING in returned
}
