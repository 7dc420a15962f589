import { fail } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker, IncomingMessage, OutgoingMessage, Subscription } from '@assent/contract'
import type { BrokerBench, Subscribing } from './broker-bench.ts'

/** How long the suite waits for anything: far more than a busy machine needs. */
export const PATIENCE_MS = 20_000
const LOOK_AGAIN_MS = 5

/** A name that nobody used before: brokers remember topics and groups. */
export function newName(kind: string): string {
  return `${kind}-${randomUUID().slice(0, 13)}`
}

export async function newTopic(broker: Broker, partitions = 3): Promise<string> {
  const topic = newName('topic')
  await broker.createTopics([{ topic, partitions }])
  return topic
}

/** A member of a group that remembers what it handled. */
export interface Reader {
  readonly subscription: Subscription
  /** What was given to its handle, in that order. */
  readonly given: readonly IncomingMessage[]
  /** The values of what its handle resolved. */
  readonly handled: readonly string[]
}

export async function read(broker: Broker, topic: string, options: Subscribing = {}): Promise<Reader> {
  const given: IncomingMessage[] = []
  const handled: string[] = []
  const subscription = await broker.subscribe({
    topics: [topic],
    group: newName('group'),
    onError() {},
    ...options,
    async handle(message) {
      given.push(message)
      await options.handle?.(message)
      handled.push(message.value)
    },
  })
  return { subscription, given, handled }
}

/** Resolves as soon as it is so; throws what was waited for when it takes too long. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!isSo()) {
    if (performance.now() > end) fail(`waited in vain until ${what}`)
    await sleep(LOOK_AGAIN_MS)
  }
}

/** Messages with the values `0` to `count - 1`, their keys in turns. */
export function numbered(topic: string, count: number, keys: readonly string[] = ['a']): OutgoingMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    topic,
    key: keys[index % keys.length] ?? '',
    value: String(index),
  }))
}

/** Of a message that was given several times the first. */
export function firstTimes(messages: readonly IncomingMessage[]): IncomingMessage[] {
  const seen = new Set<string>()
  return messages.filter(({ partition, offset }) => {
    const place = `${partition}/${offset}`
    return !seen.has(place) && seen.add(place)
  })
}

/** Numbers as text, in the order of numbers. */
export function sorted(values: Iterable<string>): string[] {
  return [...values].sort((one, two) => Number(one) - Number(two))
}

export function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index))
}

/** Joins with a client of its own, so that it may leave by itself. */
export function join(bench: BrokerBench, topic: string, options: Subscribing): Promise<Reader> {
  return read(bench.connect(), topic, options)
}
