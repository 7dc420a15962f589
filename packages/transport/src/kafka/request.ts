import {
  type Command,
  type CommandAddress,
  type OutgoingMessage,
  REPLY_PARTITION_HEADER,
  REPLY_TOPIC_HEADER,
} from '@assent/contract'
import type { Call } from '@assent/engine'

/** What names one sending of a call, and says where its reply goes. */
export interface Sending {
  id: string
  /** Epoch milliseconds. */
  at: number
  replies: string
  /** A partition of it that this process reads; undefined while it reads none. */
  partition: number | undefined
}

/** The command of a call. Its key is the gid, so that commands of one transaction stay in their order. */
export function commandMessage(call: Call, address: CommandAddress, sending: Sending): OutgoingMessage {
  const { gid, headers } = call
  const { id, at, replies, partition } = sending
  const command: Command = {
    id,
    saga_id: gid,
    command_type: address.commandType,
    payload: call.body ?? null,
    idempotency_key: headers['idempotency-key'] ?? '',
    created_at: new Date(at).toISOString(),
  }
  return {
    topic: address.topic,
    key: gid,
    value: JSON.stringify(command),
    headers: {
      ...headers,
      [REPLY_TOPIC_HEADER]: replies,
      ...(partition !== undefined && { [REPLY_PARTITION_HEADER]: String(partition) }),
    },
  }
}
