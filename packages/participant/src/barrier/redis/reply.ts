import type { BarrierOperation, Call } from '../call.ts'
import { standingAnswer } from '../completion.ts'
import { answerTo, type Conclusion } from '../conclusion.ts'
import { type Answer, decide, type StoredAnswer } from '../decision.ts'
import { storedAnswer } from '../stored.ts'
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
  if (next === 'run') return answerTo(conclusionOf(rest[0], rest[1]))
  const answer = standingAnswer(call, next === 'leave' ? storedIn(rest[0] ?? '') : undefined)
  if (answer === undefined) throw new Error(`the completion of a ${call.op} left it ongoing`)
  return answer
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
  return storedAnswer(op as BarrierOperation, state as StoredAnswer['state'], answer || null)
}

function conclusionOf(state: Part, answer: Part): Conclusion {
  return { state: state as Conclusion['state'], answer: answer || null }
}
