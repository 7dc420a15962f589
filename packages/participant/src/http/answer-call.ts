import { BODY_MAX_BYTES, isAssentError, type Json, RESULTS_MAX_BYTES } from '@assent/contract'
import { type Barrier, BarrierUnavailable, type Returned } from '../barrier/barrier.ts'
import type { BarrierOperation, Call } from '../barrier/call.ts'
import { answerQuery } from '../message/message.ts'
import { type ReadHeader, readCall, readQuery } from './headers.ts'
import { failed, malformed, type Reply, replyTo, unavailable } from './reply.ts'

/** What a business function gets to do its work. */
export interface Work<Database> {
  call: Call
  /** The body as it was sent; undefined when there was none. */
  payload: Json | undefined
  /** Whatever is written here is kept together with the answer, or not at all. */
  database: Database
}

export type Operations<Database> = Readonly<
  Partial<Record<BarrierOperation, (work: Work<Database>) => Returned | Promise<Returned>>>
>

export interface Participant<Database> {
  barrier: Pick<Barrier<Database>, 'run'>
  /** What is done for each operation; a call of another one is answered 400. */
  operations: Operations<Database>
  /**
   * Whether the service sends messages whose local part passes this barrier, and answers for them here. Only then: a
   * service that was asked for another's message would say that it was never sent.
   */
  answersQueries?: boolean
  /** Told what a business function threw, but for refusals. Writes to stderr by default. */
  onError?: (error: unknown, call: Call | Query) => void
}

/** The question how the local part of a message ended. */
export interface Query {
  gid: string
  op: 'query'
}

/** An envelope may carry a payload, all results and what goes around them; bytes. */
export const CALL_BODY_MAX_BYTES = BODY_MAX_BYTES + RESULTS_MAX_BYTES + BODY_MAX_BYTES

/** One call, from its headers and body to its answer. Never throws. */
export async function answerCall<Database>(
  participant: Participant<Database>,
  header: ReadHeader,
  body: string,
): Promise<Reply> {
  const { barrier, operations, onError = writeError } = participant
  if (participant.answersQueries === true && header('assent-op') === 'query') {
    return answerQueryCall(participant, header)
  }
  const call = readCall(header)
  if ('problems' in call) return malformed(call.problems)
  const operation = operations[call.op]
  if (operation === undefined) {
    return malformed([{ path: 'assent-op', problem: `is ${call.op}, which this address doesn't serve` }])
  }
  let payload: Json | undefined
  try {
    payload = body === '' ? undefined : (JSON.parse(body) as Json)
  } catch {
    return malformed([{ path: 'body', problem: 'is no JSON' }])
  }
  let hasBegun = false
  try {
    const answer = await barrier.run(call, (database) => {
      hasBegun = true
      return operation({ call, payload, database })
    })
    return replyTo(answer)
  } catch (error) {
    // The barrier can't take this call at all, such as a name that is too long for it, so that no repeat of it can.
    if (!hasBegun && isAssentError(error) && error.code === 'INVALID_REQUEST') {
      return malformed([{ path: 'call', problem: error.message }])
    }
    onError(error, call)
    return error instanceof BarrierUnavailable ? unavailable(error.message) : failed()
  }
}

async function answerQueryCall<Database>(
  { barrier, onError = writeError }: Participant<Database>,
  header: ReadHeader,
): Promise<Reply> {
  const asked = readQuery(header)
  if ('problems' in asked) return malformed(asked.problems)
  const { gid } = asked
  try {
    const answer = await answerQuery(barrier, gid)
    // What the local part came to is the sender's own.
    return replyTo(answer.outcome === 'done' ? { case: answer.case, outcome: 'done' } : answer)
  } catch (error) {
    onError(error, { gid, op: 'query' })
    return error instanceof BarrierUnavailable ? unavailable(error.message) : failed()
  }
}

function writeError(error: unknown, call: Call | Query): void {
  const ofBranch = 'branchId' in call ? ` of branch ${call.branchId}` : ''
  console.error(`${call.op}${ofBranch} of ${call.gid} failed:`, error)
}
