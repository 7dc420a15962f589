import type { CommandReply, IncomingMessage } from '@assent/contract'

/** Of the call that `callTo` makes, but for what is given. */
export function reply(given: Partial<CommandReply> = {}): CommandReply {
  return {
    id: 'r-1',
    command_id: 'c-1',
    saga_id: 'transfer-1',
    status: 'Success',
    result: null,
    error: null,
    created_at: '2026-03-01T12:00:01.000Z',
    ...given,
  }
}

export const REPLY_HEADERS = {
  'assent-gid': 'transfer-1',
  'assent-branch-id': 'debit',
  'assent-op': 'action',
  'assent-attempt': '1',
}

/** A reply as a message of the topic `replies`. */
export function incoming(
  content: CommandReply,
  headers: Readonly<Record<string, string>> = REPLY_HEADERS,
): IncomingMessage {
  const value = JSON.stringify(content)
  return { topic: 'replies', partition: 0, offset: 0n, key: content.saga_id, value, headers, timestamp: 0 }
}
