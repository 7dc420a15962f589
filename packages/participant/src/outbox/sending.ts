import { setTimeout as sleep } from 'node:timers/promises'
import { type Broker, BrokerUnavailable, MessageInvalid, type OutgoingMessage } from '@assent/contract'
import type { Pauses } from './pauses.ts'
import type { Resting, WaitingEvent } from './rows.ts'

/** Where events of a type are sent that name no topic; undefined for one that nobody knows. */
export type TopicOf = (eventType: string) => string | undefined

/** How events get to their topics. */
export interface Way {
  broker: Pick<Broker, 'send'>
  topicOf: TopicOf
  pauses: Pauses
  /** Of types of which nobody knows the topic. */
  unknown: Pauses
}

type Give = (events: readonly WaitingEvent[]) => Promise<void>

/** What became of the events of a round; those in none of the lists have not been tried. */
export interface Sent {
  sent: WaitingEvent[]
  /** Those that can never be sent, and why. */
  dead: { event: WaitingEvent; reason: string }[]
  /** Those of which nobody knows whether the broker has them, and why. They are sent again. */
  failed: { event: WaitingEvent; error: unknown }[]
  /** Types of which nobody knows the topic, and why. */
  unknown: Map<string, string>
}

/** What is given to the broker at once, unless one event is larger. */
export const SEND_MAX_BYTES = 8 * 1024 * 1024

/** The headers by which a consumer tells an event from its repeat, and what it is about. */
export const EVENT_ID_HEADER = 'assent-event-id'
export const EVENT_TYPE_HEADER = 'assent-event-type'

export function restingOf({ pauses, unknown }: Way): Resting {
  const topics = pauses.resting()
  return { topics, routes: pauses.routesTo(topics), types: unknown.resting() }
}

/**
 * Sends events in their order, those of each topic by themselves: a topic that is missing must not keep back the
 * others. Behind one that fails nothing more of its topic is sent, and of a topic that rests nothing: it must be what
 * rested when the events were read, or one is sent whose forerunner was left unread. An event of a type that nobody
 * knows waits for a relay that does, such as one of the next version, and what stands behind it in its key waits too:
 * its topic may be the same.
 */
export async function send(
  { broker, topicOf, pauses, unknown }: Way,
  events: readonly WaitingEvent[],
  resting: Resting,
  timeoutMs: number,
): Promise<Sent> {
  const outcome: Sent = { sent: [], dead: [], failed: [], unknown: new Map() }
  const untilMs = performance.now() + timeoutMs
  const sending = [...byTopic(events, topicOf, outcome)].map(async ([topic, ofTopic]) => {
    const give = async (part: readonly WaitingEvent[]) => bounded(broker, messagesOf(topic, part), untilMs)
    if (!resting.topics.has(topic)) {
      if (await sendParts(give, ofTopic, outcome)) return pauses.wentThrough(topic)
      pauses.failed(topic)
    }
    pauses.met(topic, ofTopic)
  })
  for (const eventType of outcome.unknown.keys()) unknown.failed(eventType)
  await Promise.all(sending)
  return outcome
}

function byTopic(
  events: readonly WaitingEvent[],
  topicOf: TopicOf,
  { unknown }: Sent,
): ReadonlyMap<string, WaitingEvent[]> {
  const topics = new Map<string, WaitingEvent[]>()
  const held = new Set<string>()
  for (const event of events) {
    if (held.has(event.aggregateId)) continue
    const topic = topicFor(event, topicOf)
    if (typeof topic !== 'string') {
      held.add(event.aggregateId)
      unknown.set(event.eventType, topic.reason)
      continue
    }
    const others = topics.get(topic)
    if (others) others.push(event)
    else topics.set(topic, [event])
  }
  return topics
}

/** Answers whether all of it went through. */
async function sendParts(give: Give, events: readonly WaitingEvent[], outcome: Sent): Promise<boolean> {
  for (const part of partsOf(events)) if (!(await sendPart(give, part, outcome))) return false
  return true
}

/** The same in their order, in parts that a broker takes. */
function partsOf(events: readonly WaitingEvent[]): WaitingEvent[][] {
  const parts: WaitingEvent[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const event of events) {
    bytes += Buffer.byteLength(event.eventData)
    if (bytes <= SEND_MAX_BYTES) {
      parts.at(-1)?.push(event)
      continue
    }
    parts.push([event])
    bytes = Buffer.byteLength(event.eventData)
  }
  return parts
}

function topicFor({ eventType, topic }: WaitingEvent, topicOf: TopicOf): string | { reason: string } {
  if (topic !== null) return topic
  try {
    return topicOf(eventType) ?? { reason: `no topic is known for ${eventType}` }
  } catch (thrown) {
    return { reason: `topicOf threw for ${eventType}: ${messageOf(thrown)}` }
  }
}

/** Answers whether what comes behind may be sent. One that is invalid is found by halving: the broker names none. */
async function sendPart(give: Give, events: readonly WaitingEvent[], outcome: Sent): Promise<boolean> {
  try {
    await give(events)
    outcome.sent.push(...events)
    return true
  } catch (error) {
    const [event] = events
    if (!isInvalid(error)) {
      outcome.failed.push(...events.map((each) => ({ event: each, error })))
      return false
    }
    if (event && events.length === 1) {
      outcome.dead.push({ event, reason: messageOf(error) })
      return true
    }
  }
  const middle = Math.ceil(events.length / 2)
  if (!(await sendPart(give, events.slice(0, middle), outcome))) return false
  return sendPart(give, events.slice(middle), outcome)
}

/** A broker that never answers must not keep the lanes. */
async function bounded(
  broker: Pick<Broker, 'send'>,
  messages: readonly OutgoingMessage[],
  untilMs: number,
): Promise<void> {
  const limit = new AbortController()
  const late = async (): Promise<never> => {
    await sleep(Math.max(0, untilMs - performance.now()), undefined, { signal: limit.signal })
    throw new BrokerUnavailable('the broker has not answered in time')
  }
  try {
    await Promise.race([broker.send(messages), late()])
  } finally {
    limit.abort()
  }
}

function messagesOf(topic: string, events: readonly WaitingEvent[]): OutgoingMessage[] {
  return events.map(({ id, aggregateId, eventType, eventData, headers }) => ({
    topic,
    key: aggregateId,
    value: eventData,
    headers: { ...headersOf(headers), [EVENT_ID_HEADER]: id, [EVENT_TYPE_HEADER]: eventType },
  }))
}

function headersOf(text: string | null): Readonly<Record<string, string>> {
  if (text === null) return {}
  const headers = parsed(text)
  const isRecord = typeof headers === 'object' && headers !== null && !Array.isArray(headers)
  if (!isRecord || !Object.values(headers).every((value) => typeof value === 'string')) {
    throw new MessageInvalid('its headers are no JSON object of texts')
  }
  return headers as Record<string, string>
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * By its name: another copy of the contract may have made it. A TypeError is of what it was given too: another program
 * may have written rows that no sender takes, and one of them must not silence its topic.
 */
function isInvalid(thrown: unknown): boolean {
  const { name } = (thrown ?? {}) as { name?: unknown }
  return name === 'MessageInvalid' || name === 'TypeError'
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
