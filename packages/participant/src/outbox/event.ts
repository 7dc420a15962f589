import { randomUUID } from 'node:crypto'
import type { Json } from '@assent/contract'

/** Something that has happened, to be told once the business transaction is committed. */
export interface OutboxEvent {
  /** What it happened to, such as an order's id: the key of its message. Events of one keep the order of their commits. */
  aggregateId: string
  /** Such as `OrderCreated`. */
  eventType: string
  /** The message's value. */
  eventData: Json
  /** Where it is sent; without it the relay's `topicOf` says so by its type. */
  topic?: string
  headers?: Readonly<Record<string, string>>
  /** A UUID, by which consumers tell repeats; a new one by default. */
  id?: string
}

/** An event as its row holds it, before the database has given it a place. */
export interface NewEventRow {
  id: string
  aggregateId: string
  eventType: string
  /** JSON. */
  eventData: string
  topic: string | null
  /** JSON. */
  headers: string | null
}

export const EVENT_KEY_MAX_LENGTH = 255
export const EVENT_TYPE_MAX_LENGTH = 255
/** As long as Kafka lets a topic's name be. */
export const EVENT_TOPIC_MAX_LENGTH = 249
/** Value and headers together: what fits a message of Kafka's default `max.message.bytes`, with room for its key. */
export const EVENT_MAX_BYTES = 1_000_000
/** Events in one call of `add`. */
export const EVENTS_AT_ONCE_MAX = 1_000

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const TOPIC = /^[A-Za-z0-9._-]+$/

/** Throws TypeError for an event that no message can be made of. */
export function rowOf(event: OutboxEvent): NewEventRow {
  const { aggregateId, eventType, id = randomUUID(), topic = null, headers } = event
  mustBeText('aggregateId', aggregateId, EVENT_KEY_MAX_LENGTH)
  mustBeText('eventType', eventType, EVENT_TYPE_MAX_LENGTH)
  if (!UUID.test(id)) throw new TypeError(`an event's id must be a UUID: ${JSON.stringify(id)}`)
  if (topic !== null) {
    mustBeText('topic', topic, EVENT_TOPIC_MAX_LENGTH)
    if (!TOPIC.test(topic)) throw new TypeError(`${JSON.stringify(topic)} is no name for a topic`)
  }
  const eventData = JSON.stringify(event.eventData)
  if (eventData === undefined) throw new TypeError(`the eventData of ${eventType} is no JSON`)
  const row = {
    id: id.toLowerCase(),
    aggregateId,
    eventType,
    eventData,
    topic,
    headers: headers === undefined ? null : headersText(headers),
  }
  const bytes = Buffer.byteLength(eventData) + Buffer.byteLength(row.headers ?? '')
  if (bytes > EVENT_MAX_BYTES) {
    throw new TypeError(`an event of ${bytes} bytes is larger than ${EVENT_MAX_BYTES}: ${eventType}`)
  }
  return row
}

function mustBeText(name: string, text: unknown, lengthMax: number): void {
  const isText = typeof text === 'string' && text !== '' && text.length <= lengthMax && !text.includes('\0')
  if (!isText) throw new TypeError(`an event's ${name} must be a text of 1 to ${lengthMax} characters`)
}

function headersText(headers: Readonly<Record<string, string>>): string {
  const wrong = Object.entries(headers).find(([, value]) => typeof value !== 'string')
  if (wrong) throw new TypeError(`the header ${wrong[0]} of an event must be a text`)
  return JSON.stringify(headers)
}
