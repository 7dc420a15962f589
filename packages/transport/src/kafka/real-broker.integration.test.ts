import { randomUUID } from 'node:crypto'
import type { Broker, Command, ReplyContent } from '@assent/contract'
import { type Coordinator, createCoordinator, systemClock } from '@assent/coordinator'
import { memory } from '@assent/store/memory'
import { type TestServer, testKafka } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerCommands } from '../../test/command-service.ts'
import { kafkaBroker } from './broker/index.ts'
import { kafka } from './transport.ts'

const ORDERS = 100
const WAIT_MS = 25_000
/** Of a busy machine, on which members of a group may lose their partitions for a while. */
const TEST_TIMEOUT_MS = 60_000
/** Names of this run, on a broker that others may use. */
const RUN = randomUUID().slice(0, 8)
const COMMANDS = `payments-${RUN}`
const REPLIES = `replies-${RUN}`

let server: TestServer
const brokers: Broker[] = []
const coordinators: Coordinator[] = []

function connect(): Broker {
  const broker = kafkaBroker({ brokers: server.url })
  brokers.push(broker)
  return broker
}

beforeAll(async () => {
  server = await testKafka()
  const store = memory()
  for (let count = 0; count < 2; count++) {
    const transport = kafka({
      broker: connect(),
      replies: REPLIES,
      group: `coordinators-${RUN}`,
      clock: systemClock,
    })
    const coordinator = createCoordinator({ store, transports: [transport] })
    await coordinator.open()
    coordinators.push(coordinator)
  }
  const service = connect()
  await service.createTopics([{ topic: COMMANDS, partitions: 3 }])
  await answerCommands(service, COMMANDS, answer)
})

afterAll(async () => {
  for (const coordinator of coordinators) await coordinator.close()
  await Promise.all(brokers.map((broker) => broker.close()))
  await server?.close()
})

function answer({ command_type, payload }: Command): Partial<ReplyContent> {
  const { order } = payload as { order: number }
  if (command_type === 'Refund') return { status: 'Compensated' }
  if (command_type === 'Ship' && order % 5 === 0)
    return { status: 'Failed', error: 'no parcels', code: 'NONE' }
  return { result: { order } }
}

async function run(order: number): Promise<string> {
  const asked = coordinators[order % 2] as Coordinator
  const { gid } = await asked.run({
    payload: { order },
    branches: [
      { branchId: 'pay', action: `kafka:${COMMANDS}/Pay`, compensate: `kafka:${COMMANDS}/Refund` },
      { branchId: 'ship', action: `kafka:${COMMANDS}/Ship`, after: ['pay'] },
    ],
  })
  const { status } = await asked.get({ gid, waitMs: WAIT_MS })
  return status
}

describe('over an Apache Kafka', () => {
  it(
    'topics of replies and dead letters are made, and transactions end as their services answer',
    async () => {
      const statuses = await Promise.all(Array.from({ length: ORDERS }, (_, order) => run(order)))
      const expected = statuses.map((_, order) => (order % 5 === 0 ? 'ABORTED' : 'COMMITTED'))
      expect(statuses).toEqual(expected)
    },
    TEST_TIMEOUT_MS,
  )

  it(
    'a message that is no reply is put aside, and the replies behind it are taken',
    async () => {
      const [broker] = brokers as [Broker]
      await Promise.all(
        Array.from({ length: 6 }, (_, partition) =>
          broker.send([{ topic: REPLIES, partition, key: '', value: '{"id":', headers: { more: 'ä' } }]),
        ),
      )
      expect(await run(1)).toBe('COMMITTED')
      // Each once at least: a partition may change hands amid its messages.
      const letters = new Set<string>()
      await broker.subscribe({
        topics: [`${REPLIES}-dead-letters`],
        group: `people-${RUN}`,
        async handle({ value, headers }) {
          letters.add(
            `${headers['assent-dead-partition']} ${headers['assent-dead-reason']} ${value} ${headers.more}`,
          )
        },
      })
      await expect
        .poll(() => [...letters].sort(), { timeout: WAIT_MS })
        .toEqual(Array.from({ length: 6 }, (_, partition) => `${partition} value is no JSON {"id": ä`))
    },
    TEST_TIMEOUT_MS,
  )
})
