import { type Broker, type IncomingMessage, MessageInvalid, type OutgoingMessage } from './broker.ts'

/** Behind the name of a topic: where its messages go that nobody can read. */
export const DEAD_LETTERS_SUFFIX = '-dead-letters'

/** Why a message was put aside, and where it came from. */
export const DEAD_REASON_HEADER = 'assent-dead-reason'
export const DEAD_TOPIC_HEADER = 'assent-dead-topic'
export const DEAD_PARTITION_HEADER = 'assent-dead-partition'
export const DEAD_OFFSET_HEADER = 'assent-dead-offset'
/**
 * `omitted` where the value and the other headers would not fit, `altered` where U+FFFD stands in them, as it does in place
 * of bytes that are no UTF-8. As it was, the message is only where it came from.
 */
export const DEAD_CONTENT_HEADER = 'assent-dead-content'

/** A reason is at most this long, in characters. */
export const DEAD_REASON_MAX_LENGTH = 1_024
/** And so is the key where the content is left out, for that may be what was too large. */
export const DEAD_KEY_MAX_LENGTH = 1_024
/** What stands for bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD'

/** A message that can't be read, as it goes to people: as it was received, with the reason. */
export function deadLetterOf(
  message: IncomingMessage,
  reason: string,
  topic: string = message.topic + DEAD_LETTERS_SUFFIX,
): OutgoingMessage {
  const { key, value, headers } = message
  const isAltered = [key, value, ...Object.values(headers)].some((text) => text.includes(REPLACEMENT))
  const altered: Record<string, string> = isAltered ? { [DEAD_CONTENT_HEADER]: 'altered' } : {}
  return { topic, key, value, headers: { ...headers, ...altered, ...placeOf(message, reason) } }
}

/** The same where the broker finds it too large: what is left says where the message is. */
export function shortDeadLetterOf(
  message: IncomingMessage,
  reason: string,
  topic: string = message.topic + DEAD_LETTERS_SUFFIX,
): OutgoingMessage {
  const headers = { ...placeOf(message, reason), [DEAD_CONTENT_HEADER]: 'omitted' }
  return { topic, key: message.key.slice(0, DEAD_KEY_MAX_LENGTH), value: '', headers }
}

/**
 * Resolves when the broker keeps the message, or what is left of it, among the dead letters. Throws BrokerUnavailable, and
 * MessageInvalid where not even that is taken.
 */
export async function sendDeadLetter(
  broker: Pick<Broker, 'send'>,
  message: IncomingMessage,
  reason: string,
  topic?: string,
): Promise<void> {
  try {
    await broker.send([deadLetterOf(message, reason, topic)])
  } catch (thrown) {
    if (!(thrown instanceof MessageInvalid)) throw thrown
    await broker.send([shortDeadLetterOf(message, reason, topic)])
  }
}

function placeOf({ topic, partition, offset }: IncomingMessage, reason: string): Record<string, string> {
  return {
    [DEAD_REASON_HEADER]: reason.slice(0, DEAD_REASON_MAX_LENGTH),
    [DEAD_TOPIC_HEADER]: topic,
    [DEAD_PARTITION_HEADER]: String(partition),
    [DEAD_OFFSET_HEADER]: String(offset),
  }
}
