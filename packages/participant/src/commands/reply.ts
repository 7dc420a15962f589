import type { CommandReply, IncomingMessage, OutgoingMessage, ReplyContent } from '@assent/contract'
import { REPLY_PARTITION_HEADER, REPLY_TOPIC_HEADER } from '@assent/contract'
import { type Call, originOf } from '../barrier/call.ts'
import type { Ending } from '../http/reply.ts'
import type { ReplyAddress } from './received.ts'

/** How a call ended, as a reply says it. */
export function contentOf(op: Call['op'] | 'query', ending: Ending): ReplyContent {
  switch (ending.outcome) {
    case 'done': {
      const isUndo = op !== 'query' && originOf(op) !== undefined
      return {
        status: isUndo ? 'Compensated' : 'Success',
        result: ending.result ?? null,
        error: null,
        ...(ending.resultOmitted === true && { result_omitted: true }),
      }
    }
    case 'refused': {
      const { code, message = code ?? null, details } = ending.refusal
      return {
        status: 'Failed',
        result: null,
        error: message,
        ...(code !== undefined && { code }),
        ...(details !== undefined && { details }),
      }
    }
    case 'ongoing':
      return { status: 'Ongoing', result: null, error: null, ...retryAfter(ending.retryAfterMs) }
  }
}

/** Nothing is decided, and the same call is made again. */
export function unknown(error: string, code: string, retryAfterMs?: number): ReplyContent {
  return { status: 'Unknown', result: null, error, code, ...retryAfter(retryAfterMs) }
}

/** What went wrong is for the service's own log, and not for its callers. */
export function failed(): ReplyContent {
  return unknown('the service failed; the call may be repeated', 'INTERNAL')
}

/** Nothing happened, and the same call may be made again. */
export function unavailable(message: string): ReplyContent {
  return unknown(message, 'UNAVAILABLE', UNAVAILABLE_RETRY_MS)
}

const UNAVAILABLE_RETRY_MS = 1_000

/** What is left of a reply that is too large for the broker: how it ended. */
export function shortened(content: ReplyContent): ReplyContent {
  if (content.status === 'Failed') {
    const { details: _, ...words } = content
    return words
  }
  return content.result === null ? content : { ...content, result: null, result_omitted: true }
}

/** What answers a command whose own id can't be read: the headers say which call it was. */
export const UNREADABLE_COMMAND_ID = '00000000-0000-0000-0000-000000000000'

/** A reply as it goes into its topic. */
export function replyMessage(
  answered: { gid: string; commandId: string; headers: IncomingMessage['headers'] },
  address: ReplyAddress,
  content: ReplyContent,
  { id, at }: { id: string; at: Date },
): OutgoingMessage {
  const { gid, commandId, headers } = answered
  const reply: CommandReply = {
    id,
    command_id: commandId,
    saga_id: gid,
    ...content,
    created_at: at.toISOString(),
  }
  return { ...address, key: gid, value: JSON.stringify(reply), headers: callHeaders(headers) }
}

/** By these the reply says which call of which branch it answers. */
function callHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => name.startsWith('assent-') && name !== REPLY_TOPIC_HEADER && name !== REPLY_PARTITION_HEADER,
  )
  return Object.fromEntries(kept)
}

function retryAfter(retryAfterMs: number | undefined): Pick<ReplyContent, 'retry_after_ms'> {
  return retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }
}
