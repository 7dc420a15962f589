import {
  type Command,
  isAssentError,
  type Json,
  type Problem,
  problemsInWords,
  Refused,
  type ReplyContent,
} from '@assent/contract'
import { type Barrier, BarrierUnavailable, type Returned } from '../barrier/barrier.ts'
import { type Call, mayRefuse } from '../barrier/call.ts'
import type { Query, Work } from '../http/answer-call.ts'
import { answerQuery } from '../message/message.ts'
import { contentOf, failed, unavailable, unknown } from './reply.ts'

/** What a business function gets to carry out a command. */
export interface CommandWork<Database> extends Work<Database> {
  /** What the command carries; null where it carries nothing. */
  payload: Json
  command: Command
}

/** What is done for each `command_type`. */
export type Commands<Database> = Readonly<
  Record<string, (work: CommandWork<Database>) => Returned | Promise<Returned>>
>

export interface CommandParticipant<Database> {
  /** Its table is the inbox: a command of which it has a row is not carried out again. */
  barrier: Pick<Barrier<Database>, 'run'>
  commands: Commands<Database>
  /** As over HTTP: whether the local parts of messages pass this barrier, so that it can answer for them. */
  answersQueries?: boolean
}

/** What is replied to a command, and what was thrown that the reply does not tell. */
export interface Answered {
  content: ReplyContent
  thrown?: unknown
}

/** Carries out a command behind the barrier. Never throws. */
export function answerCommand<Database>(
  participant: CommandParticipant<Database>,
  asked: Call | Query,
  command: Command,
): Promise<Answered> {
  if (asked.op === 'query') return answerQueryCommand(participant, asked.gid)
  const business = businessOf(participant, command.command_type)
  if (business === undefined) return answerWithout(participant, asked, UNSUPPORTED)
  const work = { call: asked, payload: command.payload, command }
  return passBarrier(participant, asked, (database) => business({ ...work, database }))
}

/** The reply to a call whose command can't be read. Never throws. */
export async function answerUnreadable<Database>(
  participant: CommandParticipant<Database>,
  asked: Call | Query,
  problems: readonly Problem[],
): Promise<Answered> {
  const error = problemsInWords(problems)
  // A query's refusal would give up a message that may have been sent.
  if (asked.op === 'query') return { content: unknown(error, 'INVALID_REQUEST') }
  return answerWithout(participant, asked, { code: 'INVALID_REQUEST', error, details: [...problems] })
}

export function businessOf<Database>(
  { commands }: Pick<CommandParticipant<Database>, 'commands'>,
  commandType: string,
): Commands<Database>[string] | undefined {
  return Object.hasOwn(commands, commandType) ? commands[commandType] : undefined
}

interface Reason {
  code: string
  error: string
  details?: { path: string; problem: string }[]
}

const UNSUPPORTED: Reason = { code: 'UNSUPPORTED_COMMAND', error: 'Unsupported command type' }

/**
 * Nothing can be done for this command here: phase one is refused, phase two waits for a version of the service that can.
 * The refusal passes the barrier, and is kept there: a message may be delivered again, and to a version that could carry
 * out what its caller was told is refused. What was done, refused or never came before is answered as it stands.
 */
function answerWithout<Database>(
  participant: CommandParticipant<Database>,
  call: Call,
  { code, error, details }: Reason,
): Promise<Answered> {
  return passBarrier(participant, call, () => {
    if (mayRefuse(call)) throw new Refused(code, error, details)
    throw new CannotCarryOut(error, code)
  })
}

class CannotCarryOut extends Error {
  override readonly name = 'CannotCarryOut'
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

async function passBarrier<Database>(
  { barrier }: CommandParticipant<Database>,
  call: Call,
  business: (database: Database) => Returned | Promise<Returned>,
): Promise<Answered> {
  let hasBegun = false
  try {
    const answer = await barrier.run(call, (database) => {
      hasBegun = true
      return business(database)
    })
    return { content: contentOf(call.op, answer) }
  } catch (thrown) {
    if (thrown instanceof CannotCarryOut) return { content: unknown(thrown.message, thrown.code), thrown }
    // The barrier can't take this call at all, such as a name that is too long for it, so that no repeat of it can.
    if (!hasBegun && isAssentError(thrown) && thrown.code === 'INVALID_REQUEST' && mayRefuse(call)) {
      const refusal = { code: thrown.code, message: thrown.message }
      return { content: contentOf(call.op, { outcome: 'refused', refusal }) }
    }
    return { content: contentOfFailure(thrown), thrown }
  }
}

async function answerQueryCommand<Database>(
  { barrier, answersQueries }: CommandParticipant<Database>,
  gid: string,
): Promise<Answered> {
  // Whoever sends no messages would say of each that it was never sent.
  if (answersQueries !== true) return { content: unknown('queries are not answered here', UNSUPPORTED.code) }
  try {
    const answer = await answerQuery(barrier, gid)
    // What the local part came to is the sender's own.
    return { content: contentOf('query', answer.outcome === 'done' ? { outcome: 'done' } : answer) }
  } catch (thrown) {
    return { content: contentOfFailure(thrown), thrown }
  }
}

function contentOfFailure(thrown: unknown): ReplyContent {
  return thrown instanceof BarrierUnavailable ? unavailable(thrown.message) : failed()
}
