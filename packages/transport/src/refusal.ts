import { type Json, REFUSAL_MAX_BYTES, type Refusal } from '@assent/contract'
import { jsonBytes, nestsTooDeep } from './result.ts'

/** How much of a code and a message stays when the whole is too long. */
const SHORT_CODE_LENGTH = 128
const SHORT_MESSAGE_LENGTH = 4_096

/** A refusal that fits: without its details, then with its message cut, if it must be. */
export function keptRefusal(refusal: Refusal): Refusal {
  const { details, ...words } = refusal
  const whole = nestsTooDeep(details) ? words : refusal
  if (jsonBytes(whole) <= REFUSAL_MAX_BYTES) return whole
  if (jsonBytes(words) <= REFUSAL_MAX_BYTES) return words
  return {
    ...(words.code !== undefined && { code: words.code.slice(0, SHORT_CODE_LENGTH) }),
    ...(words.message !== undefined && { message: words.message.slice(0, SHORT_MESSAGE_LENGTH) }),
  }
}

/** The fields that tell a refusal, in order of preference; the rest of an answer is its details. */
const MESSAGE_FIELDS = ['message', 'detail', 'title', 'error'] as const
const WORDS = new Set<string>([...MESSAGE_FIELDS, 'code', 'details', 'help', 'status', 'statusCode', 'type'])

/**
 * Reads a refusal from whatever a participant answered: `{code, message, details}`, our own
 * `{error, code, message, details}`, the same within `error`, problem details (RFC 9457), a text, or any
 * other JSON, which is then its details.
 */
export function readRefusal(answer: Json): Refusal | undefined {
  if (answer === null) return undefined
  if (typeof answer === 'string') return { message: answer }
  if (typeof answer !== 'object' || Array.isArray(answer)) return { details: answer }
  const { error } = answer
  if (typeof error === 'object' && error !== null && !Array.isArray(error)) return readFields(error)
  return readFields(answer)
}

function readFields(answer: { [key: string]: Json | undefined }): Refusal | undefined {
  const field = MESSAGE_FIELDS.find((name) => typeof answer[name] === 'string')
  const code = typeof answer.code === 'number' ? String(answer.code) : answer.code
  const details = answer.details ?? restOf(answer)
  const refusal: Refusal = {
    ...(typeof code === 'string' && { code }),
    ...(field !== undefined && { message: String(answer[field]) }),
    ...(details !== undefined && { details }),
  }
  if (Object.keys(refusal).length > 0) return refusal
  return Object.keys(answer).length > 0 ? { details: answer } : undefined
}

function restOf(answer: { [key: string]: Json | undefined }): Json | undefined {
  const rest = Object.entries(answer).filter(([name]) => !WORDS.has(name))
  return rest.length > 0 ? Object.fromEntries(rest) : undefined
}
