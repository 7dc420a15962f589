import { randomUUID } from 'node:crypto'
import { testKafka } from '@assent/testkit/servers'
import { describe, expect, it } from 'vitest'
import { loadLibrary } from './library.ts'
import { connectionOptions } from './options.ts'

/** What we do ourselves, because of these. One that fails shows that the library was mended, and ours may go. */
describe('the client library, as it is', () => {
  it('gives partitions to members of a group that did not ask for their topic', async () => {
    const { roundRobinAssigner } = await loadLibrary()
    const asker = (memberId: string, topics: string[]) =>
      [memberId, { memberId, version: 0, topics }] as const
    const members = new Map([asker('one', ['orders']), asker('two', ['payments'])])
    const topic = { id: '', partitions: [], partitionsCount: 2, lastUpdate: 0 }
    const metadata = { topics: new Map([['orders', topic]]) } as unknown as Parameters<
      typeof roundRobinAssigner
    >[3]
    const shares = roundRobinAssigner('one', members, new Set(['orders']), metadata)
    expect(shares.map(({ memberId, assignments }) => [memberId, [...assignments.keys()]])).toEqual([
      ['one', ['orders']],
      ['two', ['orders']],
    ])
  })

  it('chooses other partitions for keys than clients in Java, unless told otherwise', async () => {
    const { compatibilityPartitioner, defaultPartitioner } = await loadLibrary()
    const chosen = [defaultPartitioner, compatibilityPartitioner].map(
      (partitioner) => Number(partitioner(undefined as never, Buffer.from('21'))) % 3,
    )
    expect(new Set(chosen).size).toBe(2)
  })

  it('puts a message for a partition that its topic lacks into another one, and says nothing', async () => {
    const server = await testKafka()
    const { Admin, Producer, stringSerializers } = await loadLibrary()
    const options = connectionOptions({ brokers: server.url })
    const admin = new Admin(options)
    const producer = new Producer({ ...options, serializers: stringSerializers, acks: -1 })
    try {
      const topic = `topic-${randomUUID()}`
      await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 })
      const { offsets } = await producer.send({ messages: [{ topic, value: '', partition: 7 }] })
      expect(offsets?.map(({ partition }) => partition)).toEqual([1])
    } finally {
      await Promise.all([admin.close(), producer.close()])
    }
  })
})
