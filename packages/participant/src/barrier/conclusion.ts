import {
  ANSWER_MAX_BYTES,
  isOngoing,
  type Json,
  REFUSAL_MAX_BYTES,
  type Refusal,
  type Refused,
  refusalOf,
} from '@assent/contract'
import type { Returned } from './barrier.ts'
import { type Answer, doneAs, ongoingAs } from './decision.ts'

/** What is written into a row, `answer` as JSON text. */
export interface Conclusion {
  state: 'done' | 'refused' | 'ongoing'
  answer: string | null
}

/**
 * What a business function's return value puts into the row. Throws for a result that no repeat could be
 * given.
 */
export function concludeReturned(returned: Returned): Conclusion {
  if (isOngoing(returned)) {
    const { retryAfterMs } = returned
    return { state: 'ongoing', answer: retryAfterMs === undefined ? null : JSON.stringify({ retryAfterMs }) }
  }
  const answer = JSON.stringify(returned) ?? null
  const bytes = answer === null ? 0 : Buffer.byteLength(answer)
  if (bytes > ANSWER_MAX_BYTES) {
    throw new RangeError(`the result has ${bytes} bytes; a caller reads at most ${ANSWER_MAX_BYTES}`)
  }
  return { state: 'done', answer }
}

/** What a refusal puts into the row; one that is too long keeps its code and the start of its message. */
export function concludeRefused(refusal: Refusal): Conclusion {
  const answer = JSON.stringify(refusal)
  if (Buffer.byteLength(answer) <= REFUSAL_MAX_BYTES) return { state: 'refused', answer }
  return { state: 'refused', answer: JSON.stringify(shortened(refusal)) }
}

const SHORT_CODE_LENGTH = 128
const SHORT_MESSAGE_LENGTH = 1_024

function shortened({ code, message }: Refusal): Refusal {
  return { code: code?.slice(0, SHORT_CODE_LENGTH), message: message?.slice(0, SHORT_MESSAGE_LENGTH) }
}

/** What the first caller is answered: read back from the text, so that every repeat is told the same. */
export function answerTo({ state, answer }: Conclusion): Answer {
  switch (state) {
    case 'done':
      return doneAs('executed', answer === null ? undefined : (JSON.parse(answer) as Json))
    case 'refused':
      return { case: 'refused', outcome: 'refused', refusal: JSON.parse(answer ?? '{}') as Refusal }
    case 'ongoing':
      return ongoingAs('ongoing', JSON.parse(answer ?? '{}') as { retryAfterMs?: number })
  }
}

/** The refusal that a business function threw, as it is answered where it is not kept. */
export function refusedNow(refused: Refused): Answer {
  return answerTo(concludeRefused(refusalOf(refused)))
}
