import type { Json, Refusal } from '@assent/contract'
import type { BarrierOperation } from './call.ts'
import type { StoredAnswer } from './decision.ts'

type Content = StoredAnswer extends infer Each ? (Each extends unknown ? Omit<Each, 'op'> : never) : never

/** What a row's columns say, `answer` as JSON text. */
export function storedAnswer(
  op: BarrierOperation,
  state: StoredAnswer['state'],
  answer: string | null,
): StoredAnswer {
  return { op, ...contentOf(state, answer) }
}

function contentOf(state: StoredAnswer['state'], answer: string | null): Content {
  switch (state) {
    case 'done':
      return answer === null ? { state } : { state, result: JSON.parse(answer) as Json }
    case 'refused':
      return { state, refusal: JSON.parse(answer ?? '{}') as Refusal }
    case 'ongoing':
      return { state, ...(JSON.parse(answer ?? '{}') as { retryAfterMs?: number }) }
    case 'planted':
      return { state }
  }
}
