import type { Operation } from '@assent/contract'
import type { Call, CallAnswer } from '@assent/engine'

/** How a call was answered, in the words of the engine. */
export type Said = Extract<CallAnswer, { kind: 'answered' }>

/** A call as it lies in the queue of whoever is to do it. */
export interface QueuedCommand {
  /** Names this sending: a repeat of the call has another. */
  id: string
  call: Call
  /** The partition where the caller reads replies; undefined: the one that the gid belongs to. */
  replyTo: number | undefined
}

/** How a command ended, as it lies in the queue that all coordinators share. */
export interface QueuedReply {
  id: number
  commandId: string
  gid: string
  branchId: string | undefined
  op: Operation
  said: Said
}
