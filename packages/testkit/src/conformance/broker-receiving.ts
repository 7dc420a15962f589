import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerPromise } from './broker-bench.ts'
import { join, newName, newTopic, numbered, numbers, read, until } from './broker-reader.ts'

const MANY = 300
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
/** How long a handle of the suite takes that is to overlap with others. */
const HANDLING_MS = 5
/** So long that several thousand of them are more than anyone may hold. */
const LONG = 2_000
/** How long nothing may happen where nothing is to happen. */
const STILLNESS_MS = 300

/** How messages are given to `handle`. */
export const brokerReceiving: readonly BrokerPromise[] = [
  {
    title: 'messages of one key are dealt with one after another, others side by side',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const counts = new Overlaps()
      const reader = await read(broker, topic, { handle: ({ key }) => counts.during(key, HANDLING_MS) })
      await broker.send(numbered(topic, MANY, KEYS))
      await until('all came', () => reader.handled.length === MANY)
      equal(counts.mostOfOneKey, 1)
      ok(counts.most > 1, 'no two keys were dealt with side by side')
      for (const [index, key] of KEYS.entries()) {
        const ofKey = reader.given.filter((message) => message.key === key).map(({ value }) => value)
        deepEqual(
          ofKey,
          numbers(MANY).filter((number) => Number(number) % KEYS.length === index),
        )
      }
    },
  },
  {
    title: 'messages of one key are dealt with side by side where order does not matter',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const counts = new Overlaps()
      const handle = ({ key }: { key: string }) => counts.during(key, HANDLING_MS)
      const reader = await read(broker, topic, { ordered: false, handle })
      await broker.send(numbered(topic, MANY))
      await until('all came', () => reader.handled.length === MANY)
      ok(counts.mostOfOneKey > 1)
    },
  },
  {
    title: 'no more are under way at once than were asked for',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const counts = new Overlaps()
      const handle = ({ key }: { key: string }) => counts.during(key, HANDLING_MS)
      const reader = await read(broker, topic, { ordered: false, concurrency: 4, handle })
      await broker.send(numbered(topic, MANY, KEYS))
      await until('all came', () => reader.handled.length === MANY)
      equal(counts.most, 4)
    },
  },
  {
    title: 'a number of messages at once that can not be is refused',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      for (const concurrency of [0, -1, 1.5, Number.NaN]) {
        await rejects(read(broker, topic, { concurrency }), TypeError)
      }
    },
  },
  {
    title: 'a message that was rejected is given again before the next of its key, and holds up no other key',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const told: unknown[] = []
      let isRefusing = true
      const reader = await read(broker, topic, {
        async handle({ value }) {
          if (value === '0' && isRefusing) throw new Error('not yet')
        },
        onError: (error, message) => told.push([(error as Error).message, message?.value]),
      })
      await broker.send(numbered(topic, 21, KEYS))
      await until('the other keys came', () => reader.handled.length === 18)
      await until('it was given again', () => told.length > 1)
      isRefusing = false
      await until('all came', () => reader.handled.length === 21)
      deepEqual(reader.handled.slice(-3), ['0', '7', '14'])
      for (const each of told) deepEqual(each, ['not yet', '0'])
    },
  },
  {
    title: 'more messages than may be received at once all come, while one of them is held up',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker, 1)
      const count = 3_000
      let release = (): void => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      const reader = await read(broker, topic, {
        ordered: false,
        handle: async ({ offset }) => (offset === 0n ? held : undefined),
      })
      const long = 'x'.repeat(LONG)
      await broker.send(
        numbered(topic, count).map((message) => ({ ...message, value: `${message.value} ${long}` })),
      )
      await until('some came', () => reader.handled.length > 100)
      await sleep(STILLNESS_MS)
      ok(reader.given.length < count, 'all were received while none could be committed')
      release()
      await until('all came', () => reader.handled.length === count)
      equal(new Set(reader.handled).size, count)
    },
  },
  {
    title: 'a subscription that is closed waits for what is under way, begins nothing more, and closes once',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const group = newName('group')
      const first = await join(bench, topic, { group, concurrency: 1, handle: () => sleep(STILLNESS_MS) })
      await broker.send(numbered(topic, 3))
      await until('one is under way', () => first.given.length === 1)
      await first.subscription.close()
      await first.subscription.close()
      deepEqual(first.handled, ['0'])
      deepEqual(first.subscription.partitions(topic), [])
      const second = await join(bench, topic, { group })
      await until('the others came', () => second.handled.length === 2)
      deepEqual([first.given.length, ...second.handled], [1, '1', '2'])
    },
  },
]

/** How many are dealt with at the same moment. */
class Overlaps {
  most = 0
  mostOfOneKey = 0
  readonly #ofKey = new Map<string, number>()
  #now = 0

  async during(key: string, ms: number): Promise<void> {
    const ofKey = (this.#ofKey.get(key) ?? 0) + 1
    this.#ofKey.set(key, ofKey)
    this.#now += 1
    this.most = Math.max(this.most, this.#now)
    this.mostOfOneKey = Math.max(this.mostOfOneKey, ofKey)
    await sleep(ms)
    this.#now -= 1
    this.#ofKey.set(key, (this.#ofKey.get(key) ?? 0) - 1)
  }
}
