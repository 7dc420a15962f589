import { isOngoing, Refused } from '@assent/contract'
import type { Call } from '../barrier/call.ts'
import type { Answer } from '../barrier/decision.ts'

/** What a sender needs of its barrier; `Work` is the business of its calls. */
export interface SendingBarrier<Work> {
  run(call: Call, business: Work): Promise<Answer>
}

/** What a barrier needs to answer for a sender; every barrier has it. */
export type QueriedBarrier = SendingBarrier<() => never>

/** The message was given up before its local part was done: nothing of that part is kept, and nothing is sent. */
export class MessageAborted extends Error {
  override readonly name = 'MessageAborted'
  readonly gid: string

  constructor(gid: string, options?: { cause?: unknown }) {
    super(`the message ${gid} was given up before its local part was done; send it with another gid`, options)
    this.gid = gid
  }
}

/** In the row that a query has planted, it keeps the local part out. */
const ABORTED = 'MESSAGE_ABORTED'

/** The sender's own part is an action like any other, of no branch: what the barrier says of such it says of this. */
function localPartOf(gid: string): Call {
  return { gid, branchId: '', op: 'action', phase: 'one' }
}

/**
 * Runs the local part of a message: what `work` writes is kept together with the row that says so, or not at all.
 * Repeated it is not run again, and answers what it answered first.
 *
 * Throws MessageAborted where the query came first, and `Refused` where the work refuses, which gives the message up.
 * After anything else that it throws nothing may be assumed: the commit may have happened without its answer, which
 * `answerQuery` tells.
 */
export async function runLocalPart<Work>(
  barrier: SendingBarrier<Work>,
  gid: string,
  work: Work,
): Promise<Extract<Answer, { outcome: 'done' }>> {
  const answer = await barrier.run(localPartOf(gid), atOnce(gid, work))
  switch (answer.outcome) {
    case 'done':
      return answer
    case 'refused': {
      const { code = 'REFUSED', message, details } = answer.refusal
      throw code === ABORTED ? new MessageAborted(gid) : new Refused(code, message, details)
    }
    case 'ongoing':
      throw ongoingLocalPart(gid)
  }
}

/** The same work; where it returns `ongoing()`, which nobody would ever complete, all of it is rolled back. */
function atOnce<Work>(gid: string, work: Work): Work {
  if (typeof work !== 'function') return work
  const check = (returned: unknown): unknown => {
    if (isOngoing(returned)) throw ongoingLocalPart(gid)
    return returned
  }
  const checked = (...given: unknown[]): unknown => {
    const returned: unknown = work(...given)
    // Work that awaits nothing stays so: a barrier commits it without anything else running in between.
    const isPromise = typeof returned === 'object' && returned !== null && 'then' in returned
    return isPromise ? Promise.resolve(returned).then(check) : check(returned)
  }
  return checked as Work
}

function ongoingLocalPart(gid: string): TypeError {
  return new TypeError(`the local part of the message ${gid} can't be ongoing: it is done when it returns`)
}

/**
 * Whether the local part of a message was done. Where it was not it never will be: its row is taken, which waits for a
 * local part under way. Done or refused, and the same each time. Throws where nobody can say now, for example because
 * that local part takes longer than the barrier waits: the query is asked again.
 */
export function answerQuery(barrier: QueriedBarrier, gid: string): Promise<Answer> {
  const open = openQueries(barrier)
  const asked = open.get(gid)
  if (asked !== undefined) return asked
  const answer = barrier.run(localPartOf(gid), () => {
    throw new Refused(ABORTED, 'the local part of this message was not done, and will not be')
  })
  open.set(gid, answer)
  const forget = (): void => void open.delete(gid)
  answer.then(forget, forget)
  return answer
}

/**
 * A query may wait for a local part for as long as the database lets it, and hold a connection. Whoever asks again
 * meanwhile waits with it, so that one message never holds more than one.
 */
const QUERIES = new WeakMap<QueriedBarrier, Map<string, Promise<Answer>>>()

function openQueries(barrier: QueriedBarrier): Map<string, Promise<Answer>> {
  const known = QUERIES.get(barrier)
  if (known) return known
  const open = new Map<string, Promise<Answer>>()
  QUERIES.set(barrier, open)
  return open
}

/**
 * A message's `query`, as its definition has it, answered by the barrier that its local part passes.
 *
 *     message('order-placed', { version: 1, input: Order, query: queryOf(barrier) })
 */
export function queryOf(barrier: QueriedBarrier): (asked: { gid: string }) => Promise<void> {
  return async ({ gid }) => {
    const answer = await answerQuery(barrier, gid)
    if (answer.outcome === 'done') return
    if (answer.outcome === 'ongoing') throw new Error(`the local part of the message ${gid} is said to go on`)
    const { code = ABORTED, message, details } = answer.refusal
    throw new Refused(code, message, details)
  }
}
