import type { Problem } from '../errors.ts'
import type { Refusal } from '../transactions/requests.ts'
import type { Json } from '../transactions/words.ts'

/**
 * A call to a branch as a message: the value of one in a topic of commands, as JSON. Its key is the gid; its headers are
 * those of every call (`assent-gid`, `assent-branch-id`, `assent-op` …) and where its reply goes.
 */
export interface Command {
  /** Names this sending; a repeat of the call has another. A UUID. */
  id: string
  /** The gid. */
  saga_id: string
  /** What is to be done, in the words of the service. */
  command_type: string
  /** null for a call without a body. */
  payload: Json
  /** The same for every repeat of this call. */
  idempotency_key: string
  /** RFC 3339. */
  created_at: string
}

/**
 * How a command ended, as the value of a message in the topic that the command asked for. Its key is the gid; its headers
 * are those of the command that begin with `assent-`, so that it names branch, operation and attempt.
 */
export interface CommandReply {
  /** Names this reply, for people: '' where the service gave none. */
  id: string
  /** Which sending it answers. */
  command_id: string
  saga_id: string
  status: ReplyStatus
  /** What was done came to; null without one. */
  result: Json
  /** Why it was refused, or what went wrong; null where it is done. */
  error: string | null
  /** RFC 3339, for people: '' where the service gave none. */
  created_at: string
  /** Of a refusal, beside its message, which is the `error`. */
  code?: string
  details?: Json
  /** There is a result, and it is longer than it may be. */
  result_omitted?: boolean
  /** Of one that is ongoing or unknown: when to ask again. */
  retry_after_ms?: number
}

/** The outcome of a call, as a reply says it: done, refused, done by an undo, ongoing, unknown. */
export const REPLY_STATUSES = ['Success', 'Failed', 'Compensated', 'Ongoing', 'Unknown'] as const
export type ReplyStatus = (typeof REPLY_STATUSES)[number]

/** Where the reply goes: the topic, and the partition that the caller reads itself, if it has one. */
export const REPLY_TOPIC_HEADER = 'assent-reply-topic'
export const REPLY_PARTITION_HEADER = 'assent-reply-partition'

/** What a reply says beside which call it answers. */
export type ReplyContent = Pick<
  CommandReply,
  'status' | 'result' | 'error' | 'code' | 'details' | 'result_omitted' | 'retry_after_ms'
>

/** Reads the value of a message as a command, or says everything that is wrong with it. Other fields are left alone. */
export function readCommand(value: string): Command | { problems: readonly Problem[] } {
  return read(value, (found) => {
    const { id, saga_id, command_type, payload = null, idempotency_key, created_at } = found.fields
    return {
      id: found.text('id', id),
      saga_id: found.text('saga_id', saga_id),
      command_type: found.text('command_type', command_type),
      payload,
      idempotency_key: found.text('idempotency_key', idempotency_key),
      created_at: found.text('created_at', created_at),
    }
  })
}

/**
 * Reads the value of a message as a reply, or says everything that is wrong with it. Other fields are left alone. It must
 * say which sending it answers, of which transaction, and how that ended; the rest may be missing.
 */
export function readReply(value: string): CommandReply | { problems: readonly Problem[] } {
  return read(value, (found) => {
    const { id, command_id, saga_id, result = null, error = null, created_at } = found.fields
    const { code, details, result_omitted, retry_after_ms } = found.fields
    const status = REPLY_STATUSES.find((known) => known === found.fields.status)
    if (status === undefined) found.wrong('status', `must be one of ${REPLY_STATUSES.join(', ')}`)
    if (error !== null && typeof error !== 'string') found.wrong('error', 'must be a text or null')
    return {
      id: typeof id === 'string' ? id : '',
      command_id: found.text('command_id', command_id),
      saga_id: found.text('saga_id', saga_id),
      status: status ?? 'Unknown',
      result,
      error: typeof error === 'string' ? error : null,
      created_at: typeof created_at === 'string' ? created_at : '',
      ...(typeof code === 'string' && { code }),
      ...(details !== undefined && { details }),
      ...(result_omitted === true && { result_omitted }),
      ...(typeof retry_after_ms === 'number' && retry_after_ms >= 0 && { retry_after_ms }),
    }
  })
}

/** The refusal that a reply with the status `Failed` tells. */
export function refusalIn({ error, code, details }: ReplyContent): Refusal {
  return {
    ...(code !== undefined && { code }),
    ...(error !== null && { message: error }),
    ...(details !== undefined && { details }),
  }
}

interface Found {
  fields: { readonly [name: string]: Json | undefined }
  wrong(path: string, problem: string): void
  /** The text of a field that must have one. */
  text(path: string, value: Json | undefined): string
}

function read<Envelope>(
  value: string,
  make: (found: Found) => Envelope,
): Envelope | { problems: readonly Problem[] } {
  let fields: Json
  try {
    fields = JSON.parse(value)
  } catch {
    return { problems: [{ path: 'value', problem: 'is no JSON' }] }
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return { problems: [{ path: 'value', problem: 'is no JSON object' }] }
  }
  const problems: Problem[] = []
  const wrong = (path: string, problem: string): void => void problems.push({ path, problem })
  const text = (path: string, given: Json | undefined): string => {
    if (typeof given === 'string' && given !== '') return given
    wrong(path, given === undefined ? 'is missing' : 'must be a text')
    return ''
  }
  const envelope = make({ fields, wrong, text })
  return problems.length > 0 ? { problems } : envelope
}
