import type { Broker, Command, IncomingMessage, ReplyContent, Subscription } from '@assent/contract'
import type { Answers, Call, CallAnswer, DeliveredAnswer, Observation, Transport } from '@assent/engine'
import { type MemoryBroker, memoryBroker } from '@assent/testkit/broker'
import { expect, vi } from 'vitest'
import { REPLY_PARTITIONS } from '../src/kafka/limits.ts'
import { type KafkaOptions, kafka } from '../src/kafka/transport.ts'
import { callTo, NEVER } from './calls.ts'
import { sendReply } from './command-service.ts'
import { HandClock } from './hand-clock.ts'
import { REPLY_HEADERS } from './replies.ts'

export type Answered = Extract<CallAnswer, { kind: 'answered' }>

export const TIMEOUT_MS = 5_000
const HEADERS = { ...REPLY_HEADERS, 'idempotency-key': 'transfer-1/debit/action' }

/** A Kafka transport over a broker in memory, whose commands a test answers by hand. */
export class KafkaBench {
  readonly clock = new HandClock()
  readonly broker: MemoryBroker = memoryBroker({ createsTopics: false })
  /** Answers that nobody waited for. */
  readonly delivered: DeliveredAnswer[] = []
  readonly observed: Observation[] = []
  /** What becomes of those answers. */
  answer: Answers['answer'] = async () => 'counted'
  transport: Transport | undefined

  async open(): Promise<this> {
    await this.broker.createTopics([
      { topic: 'payments', partitions: 3 },
      { topic: 'replies', partitions: REPLY_PARTITIONS },
      { topic: 'replies-dead-letters', partitions: 1 },
      { topic: 'graveyard', partitions: 1 },
    ])
    await this.begin()
    return this
  }

  /** Begins a transport, in place of the one that is there, and waits until it has joined its group. */
  async begin(given: Partial<KafkaOptions> = {}): Promise<void> {
    await this.transport?.close()
    const through = given.broker ?? this.broker
    const joined = Promise.withResolvers<Subscription>()
    const subscribe: Broker['subscribe'] = async (options) => {
      const subscription = await through.subscribe(options)
      joined.resolve(subscription)
      return subscription
    }
    this.receiving({ ...given, broker: { ...through, subscribe } })
    const subscription = await joined.promise
    await until(() => expect(subscription.partitions('replies')).toHaveLength(REPLY_PARTITIONS))
  }

  /** Begins a transport without waiting for anything. */
  receiving(given: Partial<KafkaOptions> = {}): void {
    this.transport = kafka({
      broker: this.broker,
      replies: 'replies',
      group: 'coordinators',
      clock: this.clock,
      observer: { observe: (observation) => void this.observed.push(observation) },
      ...given,
    })
    this.transport.receive?.({
      answer: (answer) => {
        this.delivered.push(answer)
        return this.answer(answer)
      },
    })
  }

  async close(): Promise<void> {
    await this.transport?.close()
    await this.broker.close()
  }

  call(given: Partial<Call> = {}): Promise<Answered> {
    const whole = { timeoutMs: TIMEOUT_MS, headers: HEADERS, ...given }
    const call = callTo('kafka:payments/ProcessPayment', whole)
    return this.transport?.call(call, NEVER) as Promise<Answered>
  }

  /** The commands that were sent. */
  sent(): (IncomingMessage & { command: Command })[] {
    return this.broker
      .messages('payments')
      .map((message) => ({ ...message, command: JSON.parse(message.value) }))
  }

  /** So many commands were sent, and whoever sent them knows. */
  async isSent(count = 1): Promise<void> {
    await until(() => expect(this.sent()).toHaveLength(count))
    for (let turn = 0; turn < 3; turn++) await this.clock.pass(0)
  }

  /** Replies to the only command. */
  async reply(content: Partial<ReplyContent> = {}): Promise<void> {
    const [message] = this.sent()
    if (message === undefined) throw new Error('nothing was sent')
    await sendReply(this.broker, message.command, message, content)
  }

  deadLetters(): readonly IncomingMessage[] {
    return this.broker.messages('replies-dead-letters')
  }

  /** Replies that the group is done with. */
  committed(): number {
    const partitions = Array.from({ length: REPLY_PARTITIONS }, (_, partition) => partition)
    const offsets = partitions.map((partition) => this.broker.committed('coordinators', 'replies', partition))
    return Number(offsets.reduce((sum, offset) => sum + offset, 0n))
  }
}

export function until(holds: () => void): Promise<void> {
  return vi.waitFor(holds, { interval: 1, timeout: 10_000 })
}
