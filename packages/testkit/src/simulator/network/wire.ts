import type { ToldOutcome } from '@assent/contract'
import type { Call, CallAnswer } from '@assent/engine'
import type { BarrierOperation, Call as Received } from '@assent/participant'
import type { Random } from '../../time/random.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { Weather } from '../chaos/weather.ts'
import type { Trace } from '../facts/trace.ts'
import type { Participant, Reply } from '../participants/participant.ts'

/** Who answers a message's query. */
export type AnswerQuery = (gid: string) => Extract<CallAnswer, { kind: 'answered' }>

/** What lies between the coordinators and whom they call. */
export interface Wire {
  schedule: Schedule
  weather: Weather
  random: Random
  trace: Trace
  participants: ReadonlyMap<string, Participant>
  answerQuery: AnswerQuery
}

export function hostOf(url: string): string {
  const begin = url.indexOf('://') + '://'.length
  return url.slice(begin, url.indexOf('/', begin))
}

/** A call to a branch as its participant reads it. */
export function receivedOf({ gid, branchId = '', op, mode, attempt, headers, phase }: Call): Received {
  const actionOutcome = headers['assent-action-outcome'] as ToldOutcome | undefined
  const received: Received = { gid, branchId, op: op as BarrierOperation, mode, attempt }
  if (phase !== 'query') received.phase = phase
  if (actionOutcome !== undefined) received.actionOutcome = actionOutcome
  return received
}

export function toCallAnswer(reply: Reply): Extract<CallAnswer, { kind: 'answered' }> {
  if (reply.outcome === 'unknown') return { kind: 'answered', outcome: 'unknown', error: reply.error }
  const answer: Extract<CallAnswer, { kind: 'answered' }> = { kind: 'answered', outcome: reply.outcome }
  if ('result' in reply && reply.result !== undefined) answer.result = reply.result
  if ('refusal' in reply) answer.refusal = reply.refusal
  if ('retryAfterMs' in reply && reply.retryAfterMs !== undefined) answer.retryAfterMs = reply.retryAfterMs
  return answer
}
