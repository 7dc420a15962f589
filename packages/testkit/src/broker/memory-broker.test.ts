import { setTimeout as sleep } from 'node:timers/promises'
import { BrokerUnavailable, type IncomingMessage, MessageInvalid } from '@assent/contract'
import { STUCK_MS } from '@assent/transport/kafka/delivery'
import { afterEach, describe, expect, it } from 'vitest'
import { type MemoryBroker, type MemoryBrokerOptions, memoryBroker } from './memory-broker.ts'
import { MESSAGE_MAX_BYTES } from './topics.ts'

const open: MemoryBroker[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((broker) => broker.close()))
})

function newBroker(options?: MemoryBrokerOptions): MemoryBroker {
  const broker = memoryBroker(options)
  open.push(broker)
  return broker
}

/** Sends values `0` to `count - 1`, in turns by the keys. */
async function sendSome(broker: MemoryBroker, count: number, keys = ['a', 'b', 'c', 'd']): Promise<void> {
  const messages = Array.from({ length: count }, (_, index) => ({
    topic: 'orders',
    key: keys[index % keys.length] as string,
    value: String(index),
  }))
  await broker.send(messages)
}

function received(messages: readonly IncomingMessage[]): number[] {
  return messages.map(({ value }) => Number(value))
}

describe('a memory broker', () => {
  it('makes topics of three partitions when they are named first, unless they must be made', async () => {
    const broker = newBroker()
    await broker.send([{ topic: 'orders', key: 'a', value: '', partition: 2 }])
    await expect(broker.send([{ topic: 'orders', key: 'a', value: '', partition: 3 }])).rejects.toThrow(
      MessageInvalid,
    )
    const strict = newBroker({ createsTopics: false })
    await expect(strict.send([{ topic: 'orders', key: 'a', value: '' }])).rejects.toThrow(BrokerUnavailable)
  })

  it('keeps nothing of what it can not keep whole', async () => {
    const broker = newBroker()
    const long = { topic: 'orders', key: 'a', value: 'x'.repeat(MESSAGE_MAX_BYTES + 1) }
    await expect(broker.send([{ topic: 'orders', key: 'a', value: '' }, long])).rejects.toThrow(
      MessageInvalid,
    )
    expect(broker.messages('orders')).toEqual([])
  })

  it('leaves the subscriptions of another connection alone when one is closed', async () => {
    const broker = newBroker()
    const other = broker.connect()
    const taken: IncomingMessage[] = []
    const subscription = await broker.subscribe({
      topics: ['orders'],
      group: 'g',
      handle: async (message) => void taken.push(message),
    })
    await other.subscribe({ topics: ['orders'], group: 'g', handle: async () => {} })
    expect(subscription.partitions('orders')).toEqual([0, 2])
    await other.close()
    await expect(other.ping()).rejects.toThrow(BrokerUnavailable)
    expect(subscription.partitions('orders')).toEqual([0, 1, 2])
    await sendSome(broker, 4)
    await broker.settled()
    expect(taken).toHaveLength(4)
  })

  it('says which group is behind when it does not settle', async () => {
    const broker = newBroker({
      clock: {
        monotonic: () => 0,
        wall: () => 0,
        after: (ms, callback) => {
          if (ms !== STUCK_MS) queueMicrotask(callback)
          return () => {}
        },
        soon: setImmediate,
      },
    })
    await broker.subscribe({ topics: ['orders'], group: 'stuck', handle: () => new Promise(() => {}) })
    await sendSome(broker, 2, ['a'])
    await expect(broker.settled()).rejects.toThrow('stuck is 2 messages behind')
  })
})

describe('the faults of a memory broker', () => {
  it('deliver every nth message twice', async () => {
    const broker = newBroker()
    broker.inject({ twiceEvery: 3 })
    const taken: IncomingMessage[] = []
    await broker.subscribe({
      topics: ['orders'],
      group: 'g',
      handle: async (message) => void taken.push(message),
    })
    await sendSome(broker, 6, ['a'])
    await broker.settled()
    expect(received(taken)).toEqual([0, 1, 2, 2, 3, 4, 5, 5])
  })

  it('deliver messages of one key out of order, the same for one seed and another for others', async () => {
    const orders = new Set<string>()
    for (const seed of [1, 1, 2, 3]) {
      const broker = newBroker({ seed })
      broker.inject({ isOutOfOrder: true })
      const taken: IncomingMessage[] = []
      await broker.subscribe({
        topics: ['orders'],
        group: 'g',
        handle: async (message) => void taken.push(message),
      })
      await sendSome(broker, 8, ['a'])
      await broker.settled()
      expect(received(taken).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      orders.add(received(taken).join())
    }
    expect(orders.size).toBe(3)
  })

  it('while it is away reject what is sent, deliver nothing, and deliver again what was not committed', async () => {
    const broker = newBroker()
    const taken: IncomingMessage[] = []
    let goOn = (): void => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const subscription = await broker.subscribe({
      topics: ['orders'],
      group: 'g',
      async handle(message) {
        taken.push(message)
        await held
      },
    })
    await sendSome(broker, 1)
    await sleep(5)
    expect(received(taken)).toEqual([0])
    broker.inject({ isAway: true })
    expect(subscription.partitions('orders')).toEqual([])
    await expect(sendSome(broker, 1)).rejects.toThrow(BrokerUnavailable)
    await expect(broker.ping()).rejects.toThrow(BrokerUnavailable)
    goOn()
    await sleep(5)
    broker.inject({ isAway: false })
    await broker.settled()
    expect(received(taken)).toEqual([0, 0])
    expect(broker.messages('orders')).toHaveLength(1)
  })

  it('lose the acknowledgement of every nth send, and keep its messages', async () => {
    const broker = newBroker()
    broker.inject({ acknowledgementLostEvery: 2 })
    await sendSome(broker, 1)
    await expect(sendSome(broker, 1)).rejects.toThrow(BrokerUnavailable)
    await sendSome(broker, 1)
    expect(broker.messages('orders')).toHaveLength(3)
  })
})
