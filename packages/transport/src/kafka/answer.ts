import { refusalIn } from '@assent/contract'
import { type Answered, unknown } from '../answers.ts'
import { keptRefusal } from '../refusal.ts'
import { keptResult } from '../result.ts'
import type { Reply } from './reply.ts'

/** What a reply means. */
export function readAnswer({ content, bytes }: Reply): Answered {
  const { status, result, error, result_omitted, retry_after_ms } = content
  const pause = retry_after_ms === undefined ? {} : { retryAfterMs: Math.ceil(retry_after_ms) }
  switch (status) {
    case 'Success':
    case 'Compensated': {
      const told = result_omitted ? { resultOmitted: true } : keptResult(result, bytes)
      return { kind: 'answered', outcome: 'done', status, ...told }
    }
    case 'Failed': {
      const refusal = keptRefusal(refusalIn(content))
      const isSaid = Object.keys(refusal).length > 0
      return { kind: 'answered', outcome: 'refused', status, ...(isSaid && { refusal }) }
    }
    case 'Ongoing':
      return { kind: 'answered', outcome: 'ongoing', status, ...pause }
    case 'Unknown':
      return { ...unknown(error ?? 'the service does not know how it ended', status), ...pause }
  }
}

/** Whether it says how the operation ended, so that it matters whenever it comes. */
export function isFinal({ outcome }: Answered): boolean {
  return outcome === 'done' || outcome === 'refused'
}
