import { type Broker, type IncomingMessage, MessageInvalid, type OutgoingMessage } from './broker.ts'

/** Why a message is a dead letter, and where it stood. */
export const DEAD_REASON_HEADER = 'assent-dead-reason'
export const DEAD_TOPIC_HEADER = 'assent-dead-topic'
export const DEAD_PARTITION_HEADER = 'assent-dead-partition'
export const DEAD_OFFSET_HEADER = 'assent-dead-offset'
/** `left-out` where the message was too long to be sent on; it still stands where it stood. */
export const DEAD_VALUE_HEADER = 'assent-dead-value'

/** How much of a reason is told. */
export const DEAD_REASON_MAX_LENGTH = 1_000

/** Where the dead letters of a topic go, unless told otherwise. */
export function deadLettersOf(topic: string): string {
  return `${topic}-dead-letters`
}

/**
 * Puts a message aside that nobody can deal with: key, value and headers as they were, and beside them why, and where it
 * stood. Throws BrokerUnavailable where that is not known; the message must not be committed then.
 */
export async function putAside(
  broker: Broker,
  message: IncomingMessage,
  { topic, reason }: { topic: string; reason: string },
): Promise<void> {
  const letter: OutgoingMessage = {
    topic,
    key: message.key,
    value: message.value,
    headers: {
      ...message.headers,
      [DEAD_REASON_HEADER]: reason.slice(0, DEAD_REASON_MAX_LENGTH),
      [DEAD_TOPIC_HEADER]: message.topic,
      [DEAD_PARTITION_HEADER]: String(message.partition),
      [DEAD_OFFSET_HEADER]: String(message.offset),
    },
  }
  try {
    await broker.send([letter])
  } catch (error) {
    if (!(error instanceof MessageInvalid)) throw error
    // As long as a message may be, it is too long with these headers; they alone must do.
    const { headers, ...bare } = letter
    await broker.send([{ ...bare, value: '', headers: wordsOf(headers) }])
  }
}

/** The headers that are ours: another may be what was too long. */
function wordsOf(headers: OutgoingMessage['headers'] = {}): Readonly<Record<string, string>> {
  const ours = Object.entries(headers).filter(([name]) => name.startsWith('assent-dead-'))
  return { ...Object.fromEntries(ours), [DEAD_VALUE_HEADER]: 'left-out' }
}
