import { deepEqual, equal, ok } from 'node:assert/strict'
import type { BrokerPromise } from './broker-bench.ts'
import {
  firstTimes,
  join,
  newName,
  newTopic,
  numbered,
  numbers,
  read,
  sorted,
  until,
} from './broker-reader.ts'

const MANY = 300
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** How members share a group, and what it remembers. */
export const brokerGroups: readonly BrokerPromise[] = [
  {
    title: 'each group gets every message, and of one group each message one member',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const group = newName('group')
      const one = await join(bench, topic, { group })
      const two = await join(bench, topic, { group })
      const other = await read(broker, topic)
      const shared = () => [one, two].map(({ subscription }) => subscription.partitions(topic))
      await until('both have a share', () => shared().every((share) => share.length > 0))
      await until('all is shared', () => shared().flat().length >= 3)
      await broker.send(numbered(topic, MANY, KEYS))
      await until('all came', () => one.handled.length + two.handled.length >= MANY)
      await until('all came to the other group', () => other.handled.length === MANY)
      deepEqual(sorted([...one.handled, ...two.handled]), numbers(MANY))
      for (const { given, subscription } of [one, two]) {
        for (const { partition } of given) ok(subscription.partitions(topic).includes(partition))
      }
    },
  },
  {
    title: 'members that ask for different topics of a group get what they asked for',
    async hold(bench) {
      const broker = bench.connect()
      const [first, second] = [await newTopic(broker), await newTopic(broker)]
      const group = newName('group')
      const one = await join(bench, first, { group })
      const two = await join(bench, second, { group })
      await broker.send([...numbered(first, 20, KEYS), ...numbered(second, 20, KEYS)])
      await until('all came', () => one.handled.length >= 20 && two.handled.length >= 20)
      ok(one.given.every(({ topic }) => topic === first))
      ok(two.given.every(({ topic }) => topic === second))
    },
  },
  {
    title: 'what was handled is not given to who comes after, what was not is, and all behind it',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker, 1)
      const group = newName('group')
      const first = await join(bench, topic, {
        group,
        ordered: false,
        async handle({ value }) {
          if (value === '5') throw new Error('never')
        },
      })
      await broker.send(numbered(topic, 10))
      await until('all others were handled', () => first.handled.length === 9)
      await first.subscription.close()
      const second = await join(bench, topic, { group })
      await broker.send([{ topic, key: 'a', value: 'next' }])
      await until('the next one came', () => second.handled.includes('next'))
      deepEqual(second.handled, ['5', '6', '7', '8', '9', 'next'])
      await second.subscription.close()
      const third = await join(bench, topic, { group })
      await broker.send([{ topic, key: 'a', value: 'new' }])
      await until('the new one came', () => third.handled.includes('new'))
      deepEqual(third.handled, ['new'])
    },
  },
  {
    title: 'a member that leaves amid messages loses none, and their keys keep their order',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker)
      const group = newName('group')
      const one = await join(bench, topic, { group, concurrency: 4 })
      const two = await join(bench, topic, { group, concurrency: 4 })
      const messages = numbered(topic, MANY, KEYS)
      for (let begin = 0; begin < MANY; begin += 50) {
        await broker.send(messages.slice(begin, begin + 50))
        if (begin === 100) await one.subscription.close()
      }
      const given = () => new Set([...one.handled, ...two.handled])
      await until('all came', () => given().size === MANY)
      for (const reader of [one, two]) {
        for (const key of KEYS) {
          const values = firstTimes(reader.given.filter((message) => message.key === key)).map(
            ({ value }) => value,
          )
          deepEqual(values, sorted(values))
        }
      }
    },
  },
  {
    title: 'a group that is told so begins with what comes after it, and misses nothing from then on',
    async hold(bench) {
      const broker = bench.connect()
      const topic = await newTopic(broker, 1)
      const group = newName('group')
      await broker.send([{ topic, key: 'a', value: 'before' }])
      const first = await join(bench, topic, { group, from: 'latest' })
      await until('it is a member', () => first.subscription.partitions(topic).length === 1)
      await first.subscription.close()
      await broker.send([{ topic, key: 'a', value: 'between' }])
      const second = await join(bench, topic, { group, from: 'latest' })
      await broker.send([{ topic, key: 'a', value: 'after' }])
      await until('both came', () => second.handled.length === 2)
      deepEqual([...first.handled, ...second.handled], ['between', 'after'])
    },
  },
  {
    title: 'a topic that is missing is read as soon as it is there',
    async hold(bench) {
      const broker = bench.connect()
      const topic = newName('topic')
      const reader = await read(broker, topic)
      deepEqual(reader.subscription.partitions(topic), [])
      await broker.createTopics([{ topic, partitions: 2 }])
      await broker.send(numbered(topic, 10, KEYS))
      await until('all came', () => reader.handled.length === 10)
      equal(reader.subscription.partitions(topic).length, 2)
    },
  },
]
