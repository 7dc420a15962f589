import { randomUUID } from 'node:crypto'
import type { Broker, SubscribeOptions } from '@assent/contract'
import { type TestServer, testKafka } from '@assent/testkit/servers'
import type { Admin } from '@platformatic/kafka'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { kafkaBroker } from './broker.ts'
import { loadLibrary } from './library.ts'
import { TOPICS_LOOK_MS } from './limits.ts'
import { connectionOptions } from './options.ts'

const START_MS = 60_000
const PATIENCE_MS = 20_000
const TEST_MS = 60_000
/** So often that a test need not wait a minute. */
const LOOK_MS = 300

let server: TestServer
const clients: Broker[] = []

beforeAll(async () => {
  server = await testKafka()
}, START_MS)
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

function connect(topicsLookMs = LOOK_MS): Broker {
  const client = kafkaBroker({ brokers: server.url, topicsLookMs })
  clients.push(client)
  return client
}

const newName = () => `topic-${randomUUID()}`

async function newTopic(partitions: number): Promise<string> {
  const topic = newName()
  await connect().createTopics([{ topic, partitions }])
  return topic
}

/** A member with a client of its own, and what it was given and told. */
async function join(topics: string[], options: Partial<SubscribeOptions> = {}, broker = connect()) {
  const given: string[] = []
  const told: string[] = []
  const subscription = await broker.subscribe({
    topics,
    group: newName(),
    onError: (error) => told.push((error as Error).message),
    handle: async ({ value }) => void given.push(value),
    ...options,
  })
  return { given, told, subscription }
}

async function administer(act: (admin: Admin) => Promise<unknown>): Promise<void> {
  const { Admin } = await loadLibrary()
  const admin = new Admin(connectionOptions({ brokers: server.url }))
  try {
    await act(admin)
  } finally {
    await admin.close()
  }
}

const addPartition = (name: string, count: number) =>
  administer((admin) => admin.createPartitions({ topics: [{ name, count }] }))

const until = (isSo: () => boolean) =>
  vi.waitFor(() => expect(isSo()).toBe(true), { timeout: PATIENCE_MS, interval: 10 })

describe('a partition that is added to a topic', () => {
  it('is read from its beginning', { timeout: TEST_MS }, async () => {
    const topic = await newTopic(1)
    const reader = await join([topic])
    await until(() => reader.subscription.partitions(topic).length === 1)
    await addPartition(topic, 2)
    await connect().send([{ topic, key: 'a', value: 'new', partition: 1 }])
    await until(() => reader.given.includes('new'))
    expect(reader.subscription.partitions(topic)).toEqual([0, 1])
  })

  it('is read by one member of a group, whoever of them asks for the topic', {
    timeout: TEST_MS,
  }, async () => {
    const [first, second] = [await newTopic(1), await newTopic(1)]
    const group = newName()
    const one = await join([first], { group })
    await until(() => one.subscription.partitions(first).length === 1)
    const two = await join([second], { group })
    await until(() => two.subscription.partitions(second).length === 1)
    for (const [topic, reader] of [
      [first, one],
      [second, two],
    ] as const) {
      await addPartition(topic, 2)
      await until(() => reader.subscription.partitions(topic).length === 2)
    }
  })
})

describe('a topic that is missing', () => {
  it('is told by its name, holds up no other, and is read when it comes', { timeout: TEST_MS }, async () => {
    const [there, missing] = [await newTopic(1), newName()]
    const reader = await join([missing, there])
    const broker = connect()
    await broker.send([{ topic: there, key: 'a', value: 'one' }])
    await until(() => reader.given.includes('one'))
    expect(reader.told).toEqual([`there is no topic ${missing}; the others are read`])
    await broker.createTopics([{ topic: missing, partitions: 1 }])
    await broker.send([{ topic: missing, key: 'a', value: 'two' }])
    await until(() => reader.given.includes('two'))
    expect(reader.given).toEqual(['one', 'two'])
  })

  it('because it was deleted is noticed at once, and holds up no other', { timeout: TEST_MS }, async () => {
    const [stays, goes] = [await newTopic(1), await newTopic(1)]
    const reader = await join([stays, goes], {}, connect(TOPICS_LOOK_MS))
    await until(() => [stays, goes].every((topic) => reader.subscription.partitions(topic).length === 1))
    await administer((admin) => admin.deleteTopics({ topics: [goes] }))
    await until(() => reader.told.includes(`there is no topic ${goes}; the others are read`))
    await connect().send([{ topic: stays, key: 'a', value: 'on' }])
    await until(() => reader.given.includes('on'))
    expect(reader.subscription.partitions(goes)).toEqual([])
  })
})
