import { type Broker, BrokerUnavailable, type OutgoingMessage, type SubscribeOptions } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { brokerConformance, openMemoryBrokerBench } from './broker.ts'

/** The broker with a fault in what it sends. */
const sending =
  (fault: (messages: readonly OutgoingMessage[]) => readonly OutgoingMessage[]) =>
  (broker: Broker): Broker => ({ ...broker, send: (messages) => broker.send(fault(messages)) })

/** The broker with a fault in how it gives. */
const giving =
  (fault: (options: SubscribeOptions) => SubscribeOptions) =>
  (broker: Broker): Broker => ({ ...broker, subscribe: (options) => broker.subscribe(fault(options)) })

const FAULTS: [fault: string, wrap: (broker: Broker) => Broker, broken: string][] = [
  [
    'loses headers',
    sending((messages) => messages.map(({ headers: _lost, ...message }) => message)),
    'a message comes as it was sent',
  ],
  [
    'overlooks the partition that is named',
    sending((messages) => messages.map(({ partition: _lost, ...message }) => message)),
    'a partition that is named gets the message, whatever its key',
  ],
  [
    'turns messages of one send around',
    sending((messages) => messages.toReversed()),
    'messages of one key stand in one partition in the order in which they were sent',
  ],
  [
    'sends what it can before it refuses the rest',
    (broker) => ({
      ...broker,
      async send(messages) {
        for (const message of messages) await broker.send([message])
      },
    }),
    'a partition or topic that can not be is invalid, and nothing was sent',
  ],
  [
    'takes what is too long for a broker that is away',
    (broker) => ({
      ...broker,
      send: (messages) =>
        broker.send(messages).catch((error: Error) => {
          throw new BrokerUnavailable(error.message)
        }),
    }),
    'a message that is too long is invalid, and others that were sent beside it are kept',
  ],
  [
    'gives messages of one key side by side',
    giving((options) => ({ ...options, ordered: false })),
    'messages of one key are dealt with one after another, others side by side',
  ],
  [
    'gives one message after another',
    giving((options) => ({ ...options, concurrency: 1 })),
    'messages of one key are dealt with one after another, others side by side',
  ],
  [
    'keeps order where none is asked for',
    giving(({ ordered: _overlooked, ...options }) => options),
    'messages of one key are dealt with side by side where order does not matter',
  ],
  [
    'gives as many at once as there are',
    giving(({ concurrency: _overlooked, ...options }) => options),
    'no more are under way at once than were asked for',
  ],
  [
    'takes any number of messages at once',
    giving(({ concurrency, ...options }) => ({ ...options, ...(concurrency && { concurrency: 64 }) })),
    'a number of messages at once that can not be is refused',
  ],
  [
    'commits what was rejected',
    giving((options) => ({ ...options, handle: (message) => options.handle(message).catch(() => {}) })),
    'what was handled is not given to who comes after, what was not is, and all behind it',
  ],
  [
    'gives everything to each member',
    giving((options) => ({ ...options, group: `${options.group}-${Math.random()}` })),
    'each group gets every message, and of one group each message one member',
  ],
  [
    'says that it kept what it could not',
    (broker) => ({ ...broker, send: (messages) => broker.send(messages).catch(() => {}) }),
    'while it is away whatever is asked is unavailable, in time',
  ],
  [
    'closes without what is under way',
    (broker) => ({
      ...broker,
      async subscribe(options) {
        const subscription = await broker.subscribe(options)
        return { ...subscription, close: async () => void subscription.close() }
      },
    }),
    'a subscription that is closed waits for what is under way, begins nothing more, and closes once',
  ],
]

describe('the conformance suite of message brokers', () => {
  it.each(FAULTS)('catches one that %s', async (_fault, wrap, broken) => {
    const test = brokerConformance(() => openMemoryBrokerBench(wrap)).find(({ title }) => title === broken)
    await expect(test?.run()).rejects.toThrow()
  })
})
