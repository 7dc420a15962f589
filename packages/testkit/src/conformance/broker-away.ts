import { deepEqual, ok, rejects } from 'node:assert/strict'
import { BrokerUnavailable, PING_TIMEOUT_MS } from '@assent/contract'
import type { BrokerPromise } from './broker-bench.ts'
import { newTopic, numbered, numbers, read, sorted, until } from './broker-reader.ts'

/** What a busy machine may add to a limit. */
const SLACK_MS = 3_000

/** What holds while the broker is away, when it is back, and when a client is closed. */
export const brokerAway: readonly BrokerPromise[] = [
  {
    title: 'while it is away whatever is asked is unavailable, in time',
    async hold(bench) {
      const broker = bench.connect()
      await broker.ping()
      const topic = await newTopic(broker)
      await broker.send(numbered(topic, 1))
      await bench.goAway()
      await rejectsWithin(PING_TIMEOUT_MS, () => broker.ping())
      await rejectsWithin(PING_TIMEOUT_MS, () => bench.connect().ping())
      await Promise.all([
        rejectsWithin(bench.sendTimeoutMs, () => broker.send(numbered(topic, 1))),
        rejectsWithin(bench.sendTimeoutMs, () => bench.connect().send(numbered(topic, 1))),
      ])
      await bench.comeBack()
      await broker.ping()
      await broker.send(numbered(topic, 1))
    },
  },
  {
    title: 'one who subscribes while it is away is a member as soon as it is back',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      await broker.send(numbered(topic, 1))
      await bench.goAway()
      const reader = await read(bench.connect(), topic)
      deepEqual(reader.subscription.partitions(topic), [])
      await bench.comeBack()
      await until('it came', () => reader.handled.length === 1)
    },
  },
  {
    title: 'what was kept before it was away comes when it is back, and what is sent then',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const reader = await read(broker, topic, { concurrency: 2 })
      const messages = numbered(topic, 200, ['a', 'b', 'c', 'd'])
      await broker.send(messages.slice(0, 100))
      await until('some came', () => reader.handled.length > 10)
      await bench.goAway()
      await bench.comeBack()
      for (let isKept = false; !isKept; ) {
        isKept = await broker.send(messages.slice(100)).then(
          () => true,
          () => false,
        )
      }
      await until('all came', () => new Set(reader.handled).size === 200)
      deepEqual(sorted(new Set(reader.handled)), numbers(200))
    },
  },
  {
    title: 'one that is closed sends what it was given, and nothing more',
    async hold(bench) {
      const broker = bench.connect()
      const other = bench.connect()
      const topic = await newTopic(other)
      const reader = await read(other, topic)
      const sends = numbered(topic, 50).map((message) => broker.send([message]))
      await broker.close()
      await Promise.all(sends)
      await rejects(broker.send(numbered(topic, 1)), BrokerUnavailable)
      await rejects(broker.ping(), BrokerUnavailable)
      await rejects(
        broker.subscribe({ topics: [topic], group: 'g', handle: async () => {} }),
        BrokerUnavailable,
      )
      await broker.close()
      await until('all came', () => reader.handled.length === 50)
    },
  },
  {
    title: 'what is under way when a client is closed may still send',
    async hold(bench) {
      const broker = bench.connect()
      const other = bench.connect()
      const [commands, replies] = [await newTopic(other), await newTopic(other)]
      const asked = await read(broker, commands, {
        async handle({ key, value }) {
          await new Promise((resolve) => setTimeout(resolve, 100))
          await broker.send([{ topic: replies, key, value }])
        },
      })
      const answered = await read(other, replies)
      await other.send(numbered(commands, 1))
      await until('it is under way', () => asked.given.length === 1)
      await broker.close()
      deepEqual(asked.handled, ['0'])
      await until('the reply came', () => answered.handled.length === 1)
    },
  },
]

async function rejectsWithin(ms: number, ask: () => Promise<void>): Promise<void> {
  const begun = performance.now()
  await rejects(ask(), BrokerUnavailable)
  const tookMs = performance.now() - begun
  ok(tookMs < ms + SLACK_MS, `it took ${tookMs} ms`)
}
