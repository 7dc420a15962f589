import { BrokerUnavailable, MessageInvalid } from '@assent/contract'

/** What a failed request says of itself: its own code, or those of a broker, however deep the library wraps them. */
export function codesOf(error: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (!(error instanceof Error)) return found
  const { code, apiId, errors, cause } = error as Error & {
    code?: unknown
    apiId?: unknown
    errors?: unknown
  }
  for (const name of [code, apiId]) if (typeof name === 'string') found.add(name)
  if (Array.isArray(errors)) for (const inner of errors) codesOf(inner, found)
  codesOf(cause, found)
  return found
}

export function isTooLarge(error: unknown): boolean {
  const codes = codesOf(error)
  return codes.has('MESSAGE_TOO_LARGE') || codes.has('RECORD_LIST_TOO_LARGE')
}

/** Whether the library says that there is no such topic. */
export function isMissingTopic(error: unknown): boolean {
  const isTold = (told: unknown): boolean =>
    told instanceof Error && (told.message.startsWith('Unknown topic ') || allOf(told).some(isTold))
  const codes = codesOf(error)
  return isTold(error) || codes.has('UNKNOWN_TOPIC_OR_PARTITION') || codes.has('UNKNOWN_TOPIC_ID')
}

/** The failure in the words of the port. What a broker is asked for may have happened, unless it is invalid. */
export function failureOf(error: unknown, doing: string): BrokerUnavailable | MessageInvalid {
  if (error instanceof BrokerUnavailable || error instanceof MessageInvalid) return error
  if (isTooLarge(error))
    return new MessageInvalid('the message is larger than its topic allows', { cause: error })
  return new BrokerUnavailable(`${doing}: ${describe(error)}`, { cause: error })
}

/** The innermost reasons, each once: what wraps them only counts attempts. */
function describe(error: unknown): string {
  const inner = allOf(error)
  if (inner.length > 0) return [...new Set(inner.map(describe))].slice(-REASONS_TOLD).join('; ')
  if (!(error instanceof Error)) return String(error)
  // Such as why a connection failed: a wrong password, a certificate that nobody trusts.
  return error.cause instanceof Error ? `${error.message} (${describe(error.cause)})` : error.message
}

function allOf(error: unknown): readonly unknown[] {
  const errors = (error as { errors?: unknown } | undefined)?.errors
  return Array.isArray(errors) ? errors : []
}

const REASONS_TOLD = 3
