import {
  type CommandReply,
  ID_PATTERN,
  type IncomingMessage,
  OPERATIONS,
  type Operation,
  problemsInWords,
  readReply,
} from '@assent/contract'

/** Which call of which transaction is meant. */
export interface CallName {
  gid: string
  /** Absent for a message's query. */
  branchId?: string
  op: Operation
}

/** A reply, and the call that it says it answers. */
export interface Reply {
  answered: CallName
  content: CommandReply
  /** Of its text. */
  bytes: number
}

/** A message that is no reply, and the command that it may be meant for. */
export interface Poison {
  reason: string
  commandId?: string
}

/** Reads what a service has sent: the answer from its value, which call it answers from its headers. */
export function readReplyMessage({ value, headers }: IncomingMessage): Reply | Poison {
  const content = readReply(value)
  if ('problems' in content) return { reason: problemsInWords(content.problems), ...commandNamedIn(value) }
  const gid = headers['assent-gid'] ?? ''
  const branchId = headers['assent-branch-id'] ?? ''
  const op = OPERATIONS.find((known) => known === headers['assent-op'])
  const poison = (reason: string): Poison => ({ reason, commandId: content.command_id })
  if (!ID_PATTERN.test(gid)) return poison('the header assent-gid names no transaction')
  if (content.saga_id !== gid) return poison('saga_id and the header assent-gid name two transactions')
  if (op === undefined) return poison('the header assent-op names no operation')
  if (content.status === 'Compensated' && !UNDOS.has(op)) return poison(`Compensated answers no ${op}`)
  const bytes = Buffer.byteLength(value)
  if (op === 'query' && branchId === '') return { answered: { gid, op }, content, bytes }
  if (!ID_PATTERN.test(branchId)) return poison('the header assent-branch-id names no branch')
  return { answered: { gid, branchId, op }, content, bytes }
}

/** A service that answers an action so has taken it back by itself: it is surely not done. */
const UNDOS: ReadonlySet<Operation> = new Set<Operation>(['compensate', 'cancel', 'rollback'])

/** Which command is meant, where the rest of a reply can't be read: its call is told. */
function commandNamedIn(value: string): Pick<Poison, 'commandId'> {
  try {
    const { command_id } = JSON.parse(value) ?? {}
    return typeof command_id === 'string' ? { commandId: command_id } : {}
  } catch {
    return {}
  }
}
