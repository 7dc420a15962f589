import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { BrokerUnavailable, MessageInvalid } from '@assent/contract'
import type { BrokerPromise } from './broker-bench.ts'
import { newName, newTopic, numbered, numbers, read, sorted, until } from './broker-reader.ts'

const MANY = 500
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** What becomes of a message that is sent. */
export const brokerSending: readonly BrokerPromise[] = [
  {
    title: 'a message comes as it was sent',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const reader = await read(broker, topic)
      const headers = { 'assent-gid': 'order-17', Traceparent: 'Zoë \u0000', empty: '' }
      const before = Date.now()
      await broker.send([{ topic, key: 'Zoë', value: '{"amount":"30.00"}', headers, partition: 1 }])
      await until('it came', () => reader.handled.length === 1)
      const { timestamp, ...message } = reader.given[0] ?? { timestamp: 0 }
      deepEqual(message, {
        topic,
        partition: 1,
        offset: 0n,
        key: 'Zoë',
        value: '{"amount":"30.00"}',
        headers: { 'assent-gid': 'order-17', traceparent: 'Zoë \u0000', empty: '' },
      })
      ok(Math.abs(timestamp - before) < CLOCKS_APART_MS, `it was sent at ${timestamp}, not at ${before}`)
    },
  },
  {
    title: 'key, value and headers may be empty',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const reader = await read(broker, topic)
      await broker.send([{ topic, key: '', value: '' }])
      await until('it came', () => reader.handled.length === 1)
      const { key, value, headers } = reader.given[0] ?? {}
      deepEqual({ key, value, headers }, { key: '', value: '', headers: {} })
    },
  },
  {
    title: 'messages as long as they may be come whole, also several at once',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const reader = await read(broker, topic)
      const value = 'ä'.repeat(bench.messageMaxBytes / 2)
      await Promise.all(KEYS.map((key) => broker.send([{ topic, key, value }])))
      await until('all came', () => reader.handled.length === KEYS.length)
      ok(reader.handled.every((handled) => handled === value))
    },
  },
  {
    title: 'messages of one key stand in one partition in the order in which they were sent',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const reader = await read(broker, topic)
      const sends = numbered(topic, MANY, KEYS).map((message) => broker.send([message]))
      sends.push(
        broker.send(numbered(topic, MANY, KEYS).map((each) => ({ ...each, value: `${each.value}+` }))),
      )
      await Promise.all(sends)
      await until('all came', () => reader.handled.length === 2 * MANY)
      for (const [index, key] of KEYS.entries()) {
        const ofKey = reader.given.filter((message) => message.key === key)
        equal(new Set(ofKey.map(({ partition }) => partition)).size, 1)
        const own = numbers(MANY).filter((number) => Number(number) % KEYS.length === index)
        deepEqual(
          ofKey.map(({ value }) => value),
          [...own, ...own.map((number) => `${number}+`)],
        )
      }
    },
  },
  {
    title: 'a partition that is named gets the message, whatever its key',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const reader = await read(broker, topic)
      const messages = numbered(topic, 30).map((each, index) => ({ ...each, partition: index % 3 }))
      await broker.send(messages)
      await until('all came', () => reader.handled.length === messages.length)
      for (const { partition, value } of reader.given) equal(partition, Number(value) % 3)
    },
  },
  {
    title: 'a partition or topic that can not be is invalid, and nothing was sent',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const reader = await read(broker, topic)
      const [good] = numbered(topic, 1)
      ok(good)
      for (const bad of [
        { partition: 3 },
        { partition: -1 },
        { partition: 0.5 },
        { topic: '' },
        { topic: 'a b' },
        { topic: '.' },
        { topic: '..' },
      ]) {
        await rejects(broker.send([good, { ...good, ...bad }]), MessageInvalid)
      }
      await broker.send([{ ...good, value: 'last' }])
      await until('the last came', () => reader.handled.includes('last'))
      deepEqual(reader.handled, ['last'])
    },
  },
  {
    title: 'a message that is too long is invalid, and others that were sent beside it are kept',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const reader = await read(broker, topic)
      const long = { topic, key: 'a', value: 'x'.repeat(2 * bench.messageMaxBytes) }
      const others = numbered(topic, 20, KEYS).map((message) => broker.send([message]))
      await rejects(broker.send([long]), MessageInvalid)
      await Promise.all(others)
      await until('all came', () => reader.handled.length === others.length)
      deepEqual(sorted(reader.handled), numbers(others.length))
    },
  },
  {
    title: 'a topic that is missing is unavailable, in time, and holds up no other',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const missing = rejects(broker.send(numbered(newName('missing'), 1)), BrokerUnavailable)
      await broker.send(numbered(topic, 1))
      await missing
    },
  },
  {
    title: 'a topic that is there stays as it is when it is created again',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker, 2)
      await broker.createTopics([{ topic, partitions: 5 }])
      await broker.send([{ topic, key: 'a', value: '', partition: 1 }])
      await rejects(broker.send([{ topic, key: 'a', value: '', partition: 2 }]), MessageInvalid)
    },
  },
]

/** How far the clocks of a broker and of the suite may be apart. */
const CLOCKS_APART_MS = 60_000
