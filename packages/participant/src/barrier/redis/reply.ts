import { AssentError, type Json, type Refusal } from '@assent/contract'
import type { BarrierOperation, Call } from '../call.ts'
import { answerTo, type Conclusion } from '../conclusion.ts'
import { type Answer, decide, repeated, type StoredAnswer } from '../decision.ts'
import { HalfDone } from './failures.ts'

/** What the script of a call came to. The words are those of `decide`, which it is held against. */
export function answerOfCall(call: Call, reply: unknown): Answer {
  const [next, current, origin, state, answer] = partsOf(call, reply)
  const found = (kept: string | null | undefined) => (kept ? storedIn(kept) : 'inserted')
  const decision = decide(call.op, found(current), found(origin))
  if (decision.next !== next) {
    throw new Error(`the script of a ${call.op} took the step ${next}, and not ${decision.next}`)
  }
  return decision.next === 'run' ? answerTo(conclusionOf(state, answer)) : decision.answer
}

/** What the script of a completion came to. */
export function answerOfCompletion(call: Call, reply: unknown): Answer {
  const [next, ...rest] = partsOf(call, reply)
  switch (next) {
    case 'absent': {
      const message = `no ${call.op} of branch ${call.branchId} of ${call.gid} has passed this barrier`
      throw new AssentError('BRANCH_NOT_FOUND', message)
    }
    case 'leave':
      return repeated(call.op, storedIn(rest[0] ?? ''))
    default:
      return answerTo(conclusionOf(rest[0], rest[1]))
  }
}

type Part = string | null | undefined

/** Throws what went wrong with the business. */
function partsOf(call: Call, reply: unknown): Part[] {
  const parts = (reply as unknown[]).map((part) => (part === null ? null : String(part)))
  const which = `the business of ${call.op} of branch ${call.branchId} of ${call.gid}`
  if (parts[0] === 'failed') throw new Error(`${which} failed, and nothing of it was done: ${parts[1]}`)
  if (parts[0] === 'half-done') {
    throw new HalfDone(`${which} is half done, and waits for complete(): ${parts[1]}`)
  }
  return parts
}

/** A row as it is kept: operation, state and answer, with a space between them. */
const KEPT = /^([a-z]+) ([a-z]+) (.*)$/s

function storedIn(kept: string): StoredAnswer {
  const [, op, state, answer] = KEPT.exec(kept) ?? []
  return { op: op as BarrierOperation, ...contentOf(state as StoredAnswer['state'], answer || undefined) }
}

type Content = StoredAnswer extends infer Each ? (Each extends unknown ? Omit<Each, 'op'> : never) : never

function contentOf(state: StoredAnswer['state'], answer: string | undefined): Content {
  switch (state) {
    case 'done':
      return answer === undefined ? { state } : { state, result: JSON.parse(answer) as Json }
    case 'refused':
      return { state, refusal: JSON.parse(answer ?? '{}') as Refusal }
    case 'ongoing':
      return { state, ...(JSON.parse(answer ?? '{}') as { retryAfterMs?: number }) }
    case 'planted':
      return { state }
  }
}

function conclusionOf(state: Part, answer: Part): Conclusion {
  return { state: state as Conclusion['state'], answer: answer || null }
}
