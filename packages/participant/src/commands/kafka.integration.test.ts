import { randomUUID } from 'node:crypto'
import {
  type Broker,
  BrokerUnavailable,
  type CommandReply,
  type IncomingMessage,
  readReply,
} from '@assent/contract'
import { type TestServer, testKafka } from '@assent/testkit/servers'
import { kafkaBroker } from '@assent/transport/kafka/broker'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Sending, sendingMessage } from '../../test/commands/caller.ts'
import { type OpenInbox, SQLITE } from '../../test/commands/inboxes.ts'
import { REPLY_TRIED_MS } from './patience.ts'
import { type CommandService, serveCommands } from './serve-commands.ts'
import { COMMAND_PARTITIONS } from './topics.ts'

const NAME = `commands-${randomUUID()}`
const [COMMANDS, REPLIES, DEAD_LETTERS] = [NAME, `${NAME}-replies`, `${NAME}-dead-letters`]
const PARTITIONS = 2

let server: TestServer
let broker: Broker
let inbox: OpenInbox
/** What came into the topics of replies and of dead letters. */
const received: IncomingMessage[] = []
const services: CommandService[] = []
const onError = vi.fn()

beforeAll(async () => {
  server = await testKafka()
  broker = kafkaBroker({ brokers: server.url })
  const topics = [COMMANDS, REPLIES, DEAD_LETTERS]
  await broker.createTopics(topics.map((topic) => ({ topic, partitions: PARTITIONS })))
  await broker.subscribe({
    topics: [REPLIES, DEAD_LETTERS],
    group: NAME,
    handle: async (message) => void received.push(message),
  })
})
beforeEach(async () => {
  inbox = await SQLITE.open()
})
afterEach(async () => {
  for (const service of services.splice(0)) await service.close()
  await inbox.close()
  received.length = 0
  onError.mockReset()
})
afterAll(async () => {
  await broker?.close()
  await server?.close()
})

async function serve(topic = COMMANDS) {
  const service = await serveCommands({
    broker,
    topic,
    group: 'payment-service',
    barrier: inbox.barrier,
    commands: {
      ProcessPayment: async ({ call, database }) => {
        await inbox.leave(database, call.gid)
        return { paid: call.gid }
      },
    },
    onError,
    onDeadLetter: vi.fn(),
  })
  services.push(service)
  return service
}

async function send(...sendings: Sending[]): Promise<void> {
  await broker.send(
    sendings.map((sending) => {
      const message = sendingMessage({
        ...sending,
        headers: { 'assent-reply-topic': REPLIES, ...sending.headers },
      })
      return { ...message, topic: COMMANDS }
    }),
  )
}

function replies(): CommandReply[] {
  const messages = received.filter(({ topic }) => topic === REPLIES)
  return messages.map(({ value }) => readReply(value)).filter((reply) => 'status' in reply)
}

function untilReceived(count: number): Promise<void> {
  return vi.waitFor(() => expect(received).toHaveLength(count), { timeout: 25_000, interval: 20 })
}

describe('commands over an Apache Kafka', () => {
  it('take effect once, and are answered where their caller reads', async () => {
    await serve()
    const gids = Array.from({ length: 100 }, () => randomUUID())
    await send(...[...gids, ...gids].map((gid) => ({ gid, headers: { 'assent-reply-partition': '1' } })))
    await untilReceived(200)
    expect(new Set(replies().map(({ result }) => (result as { paid: string }).paid))).toEqual(new Set(gids))
    expect(new Set(received.map(({ partition }) => partition))).toEqual(new Set([1]))
    expect((await inbox.effects()).sort()).toEqual(gids.sort())
  })

  it('are answered elsewhere where that partition is none', async () => {
    await serve()
    await send({ gid: randomUUID(), headers: { 'assent-reply-partition': '7' } })
    await untilReceived(1)
    expect(replies()).toMatchObject([{ status: 'Success' }])
  })

  it('that can’t be read are dead letters, and are refused', async () => {
    await serve()
    await send({ gid: randomUUID(), value: '{"id":' })
    await untilReceived(2)
    expect(replies()).toMatchObject([{ status: 'Failed', code: 'INVALID_REQUEST' }])
    const [dead] = received.filter(({ topic }) => topic === DEAD_LETTERS)
    expect(dead).toMatchObject({ value: '{"id":', headers: { 'assent-dead-topic': COMMANDS } })
  })

  it('come in a topic that is made for them, and leave for one that is', async () => {
    const topic = `${NAME}-first`
    await serve(topic)
    const message = { ...sendingMessage({ gid: randomUUID() }), topic, partition: COMMAND_PARTITIONS - 1 }
    const headers = { ...message.headers, 'assent-reply-topic': REPLIES }
    await vi.waitFor(() => broker.send([{ ...message, headers }]), { timeout: 10_000 })
    await broker.send([{ ...message, headers: {} }])
    await untilReceived(1)
    expect(replies()).toMatchObject([{ status: 'Success' }])
    await vi.waitFor(() => expect(services[0]?.counts()).toMatchObject({ deadLetters: 1 }))
  })

  it('whose reply topic is missing are dead letters in the end, and hold up nobody', async () => {
    const service = await serve()
    const [lost, next] = [randomUUID(), randomUUID()]
    await send({ gid: lost, headers: { 'assent-reply-topic': `${NAME}-nowhere` } })
    const unsent = new BrokerUnavailable(`there is no topic ${NAME}-nowhere`)
    const untilTried = () => expect(onError).toHaveBeenCalledWith(unsent, expect.anything())
    await vi.waitFor(untilTried, { timeout: 10_000 })
    const now = performance.now.bind(performance)
    const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + REPLY_TRIED_MS)
    await send({ gid: next })
    await untilReceived(2)
    later.mockRestore()
    const [dead] = received.filter(({ topic }) => topic === DEAD_LETTERS)
    expect(dead?.headers['assent-dead-reason']).toBe(`its reply can't be sent: ${unsent.message}`)
    expect(replies()).toMatchObject([{ saga_id: next, status: 'Success' }])
    expect(service.counts()).toMatchObject({ done: 1, deadLetters: 1 })
  })

  it('that one process leaves behind are taken up by the next', async () => {
    const [first, second] = [randomUUID(), randomUUID()]
    await serve()
    await send({ gid: first })
    await untilReceived(1)
    await services.splice(0)[0]?.close()
    await send({ gid: second })
    await serve()
    await untilReceived(2)
    expect(replies().map(({ saga_id }) => saga_id)).toEqual([first, second])
  })
})
