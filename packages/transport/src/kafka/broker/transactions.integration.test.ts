import { randomUUID } from 'node:crypto'
import { type TestServer, testKafka } from '@assent/testkit/servers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { kafkaBroker } from './broker.ts'
import { type Library, loadLibrary } from './library.ts'
import { connectionOptions } from './options.ts'

const START_MS = 60_000
const PATIENCE_MS = 20_000

let server: TestServer
let library: Library
const closings: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  server = await testKafka()
  library = await loadLibrary()
}, START_MS)
afterEach(async () => {
  await Promise.all(closings.splice(0).map((close) => close()))
})

/** A producer with transactions, as services in other languages may have one. */
function producerTo(topic: string) {
  const producer = new library.Producer({
    ...connectionOptions({ brokers: server.url }),
    idempotent: true,
    transactionalId: `transactions-of-${topic}`,
    serializers: library.stringSerializers,
  })
  closings.push(() => producer.close())
  return async (value: string) => {
    const transaction = await producer.beginTransaction()
    await transaction.send({ messages: [{ topic, key: 'a', value, partition: 0 }] })
    return transaction
  }
}

describe('messages of transactions of Kafka', () => {
  it('come when theirs is committed, and never when it is aborted', { timeout: START_MS }, async () => {
    const broker = kafkaBroker({ brokers: server.url })
    closings.push(() => broker.close())
    const topic = `topic-${randomUUID()}`
    await broker.createTopics([{ topic, partitions: 1 }])
    const begin = producerTo(topic)
    await (await begin('a')).abort()
    await (await begin('b')).abort()
    await (await begin('c')).commit()
    await (await begin('d')).abort()
    const open = await begin('e')
    await broker.send([{ topic, key: 'a', value: 'f' }])
    const given: string[] = []
    await broker.subscribe({
      topics: [topic],
      group: `group-of-${topic}`,
      handle: async ({ value }) => void given.push(value),
    })
    await vi.waitFor(() => expect(given).toContain('c'), { timeout: PATIENCE_MS })
    await open.abort()
    await vi.waitFor(() => expect(given).toContain('f'), { timeout: PATIENCE_MS })
    expect(given).toEqual(['c', 'f'])
  })
})
