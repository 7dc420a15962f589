import {
  type Command,
  type IncomingMessage,
  type Problem,
  REPLY_PARTITION_HEADER,
  REPLY_TOPIC_HEADER,
  readCommand,
  TOPIC_PATTERN,
} from '@assent/contract'
import type { Call } from '../barrier/call.ts'
import type { Query } from '../http/answer-call.ts'
import { type ReadHeader, readCall, readQuery } from '../http/headers.ts'

/** A message of a topic of commands: its value says what is to be done, its headers which call that is. */
export interface Received {
  asked: Call | Query
  command: Command
  /** Undefined where nobody wants a reply. */
  address: ReplyAddress | undefined
}

/** A message that nobody can carry out. */
export interface Unreadable {
  problems: readonly Problem[]
  /** The call that it was and where its reply goes, where only the value can't be read. */
  askedBy?: { asked: Call | Query; address: ReplyAddress | undefined }
}

/** Where a reply goes. */
export interface ReplyAddress {
  topic: string
  /** Only a wish, so one that can't be read is left out. */
  partition?: number
}

/** Reads a command and its call, or says everything that is wrong with them. */
export function readReceived({
  value,
  headers,
}: Pick<IncomingMessage, 'value' | 'headers'>): Received | Unreadable {
  const header: ReadHeader = (name) => headers[name]
  const problems: Problem[] = []
  const asked = readable(readAsked(header), problems)
  const address = readAddress(header, problems)
  const askedBy = asked && problems.length === 0 ? { asked, address } : undefined
  const command = readable(readCommand(value), problems)
  if (asked === undefined || command === undefined || problems.length > 0) {
    return { problems, ...(askedBy && { askedBy }) }
  }
  const contradictions = contradictionsOf(command, asked, header('idempotency-key'))
  // Which call it is nobody knows then, so that there is none to be answered.
  return contradictions.length > 0 ? { problems: contradictions } : { asked, command, address }
}

function readable<Value extends object>(
  read: Value | { problems: readonly Problem[] },
  problems: Problem[],
): Value | undefined {
  if (!('problems' in read)) return read
  problems.push(...read.problems)
  return undefined
}

function readAsked(header: ReadHeader): Call | Query | { problems: readonly Problem[] } {
  if (header('assent-op') !== 'query') return readCall(header)
  const asked = readQuery(header)
  return 'problems' in asked ? asked : { gid: asked.gid, op: 'query' }
}

function readAddress(header: ReadHeader, problems: Problem[]): ReplyAddress | undefined {
  const topic = header(REPLY_TOPIC_HEADER)
  if (topic === undefined) return undefined
  if (!TOPIC_PATTERN.test(topic))
    problems.push({ path: REPLY_TOPIC_HEADER, problem: 'is no name of a topic' })
  const partition = header(REPLY_PARTITION_HEADER) ?? ''
  return /^\d{1,9}$/.test(partition) ? { topic, partition: Number(partition) } : { topic }
}

function contradictionsOf(
  { saga_id, idempotency_key }: Command,
  { gid }: Call | Query,
  idempotencyKey: string | undefined,
): Problem[] {
  const problems: Problem[] = []
  if (saga_id !== gid) problems.push({ path: 'saga_id', problem: 'is not the assent-gid' })
  if (idempotencyKey !== undefined && idempotency_key !== idempotencyKey) {
    problems.push({ path: 'idempotency_key', problem: 'is not that of the header' })
  }
  return problems
}
