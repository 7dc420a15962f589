import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Broker } from '@assent/contract'
import { type OwnServer, startKafka } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { kafkaBroker } from './broker.ts'
import { CLOSE_STEP_MS } from './limits.ts'
import type { KafkaBrokerOptions } from './options.ts'

/** As short as the test server allows, so that a member that died is missed soon. */
const SESSION_MS = 2_000
const START_MS = 60_000
const PATIENCE_MS = 25_000
const TEST_MS = 60_000
const MEMBER = fileURLToPath(new URL('../../../test/kafka-member.ts', import.meta.url))

let server: OwnServer
const clients: Broker[] = []
const processes: MemberProcess[] = []

beforeAll(async () => {
  server = await startKafka()
}, START_MS)
afterAll(() => server?.close())
afterEach(async () => {
  server.resume()
  for (const { child } of processes.splice(0)) child.kill('SIGKILL')
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

function connect(options: Partial<KafkaBrokerOptions> = {}): Broker {
  const client = kafkaBroker({ brokers: server.url, sessionTimeoutMs: SESSION_MS, ...options })
  clients.push(client)
  return client
}

async function newTopic(broker: Broker, partitions = 3): Promise<string> {
  const topic = `topic-${randomUUID()}`
  await broker.createTopics([{ topic, partitions }])
  return topic
}

interface MemberProcess {
  child: ChildProcess
  /** What it wrote. */
  lines: string[]
  exited: Promise<unknown>
}

function startMember(topic: string, group: string): MemberProcess {
  const child = spawn(process.execPath, [MEMBER, server.url, topic, group, String(SESSION_MS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  const member = { child, lines, exited: once(child, 'exit') }
  processes.push(member)
  return member
}

const until = (isSo: () => boolean) =>
  vi.waitFor(() => expect(isSo()).toBe(true), { timeout: PATIENCE_MS, interval: 10 })

const numbered = (topic: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ topic, key: String(index), value: String(index) }))

describe('a broker that is killed', () => {
  it('loses nothing of what was kept, and keeps what is sent meanwhile once', {
    timeout: TEST_MS,
  }, async () => {
    const broker = connect({ sendTimeoutMs: PATIENCE_MS })
    const topic = await newTopic(broker)
    const places = new Map<string, Set<string>>()
    await broker.subscribe({
      topics: [topic],
      group: `group-of-${topic}`,
      onError() {},
      async handle({ partition, offset, value }) {
        places.set(value, (places.get(value) ?? new Set()).add(`${partition}/${offset}`))
      },
    })
    let sent = 0
    let kept = 0
    let isOver = false
    const sendOn = async () => {
      while (!isOver) {
        const value = String(sent++)
        await broker.send([{ topic, key: value, value }])
        kept += 1
      }
    }
    const senders = Promise.all(Array.from({ length: 20 }, sendOn))
    await until(() => places.size > 200)
    await server.kill()
    const before = kept
    await server.start()
    await until(() => kept > before + 200)
    isOver = true
    await senders
    await until(() => places.size === sent)
    expect([...places.values()].filter(({ size }) => size > 1)).toEqual([])
  })
})

describe('a broker that stands still for longer than a session', () => {
  it('has no members meanwhile, and all of them again when it goes on', { timeout: TEST_MS }, async () => {
    const broker = connect()
    const topic = await newTopic(broker)
    const handled: string[] = []
    const errors: unknown[] = []
    const subscription = await broker.subscribe({
      topics: [topic],
      group: 'standing-still',
      onError: (error) => errors.push(error),
      handle: async ({ value }) => void handled.push(value),
    })
    await broker.send(numbered(topic, 10))
    await until(() => handled.length === 10)
    server.pause()
    await until(() => subscription.partitions(topic).length === 0)
    expect(errors.length).toBeGreaterThan(0)
    server.resume()
    await until(() => subscription.partitions(topic).length === 3)
    await broker.send(numbered(topic, 10))
    await until(() => handled.length >= 20)
  })
})

describe('a member whose process is killed', () => {
  it('leaves to others what it had not dealt with, and all behind it', {
    timeout: TEST_MS,
  }, async () => {
    const broker = connect()
    const topic = await newTopic(broker, 1)
    const member = startMember(topic, 'killed')
    await broker.send([
      { topic, key: 'a', value: '' },
      { topic, key: 'b', value: 'hang' },
      { topic, key: 'c', value: '' },
    ])
    await until(() => member.lines.includes('handled 0/2'))
    member.child.kill('SIGKILL')
    const given: string[] = []
    await broker.subscribe({
      topics: [topic],
      group: 'killed',
      onError() {},
      handle: async ({ partition, offset }) => void given.push(`${partition}/${offset}`),
    })
    await until(() => given.includes('0/2'))
    expect(given.slice(-2)).toEqual(['0/1', '0/2'])
  })
})

describe('a member whose process stands still while its partitions are given to another', () => {
  it('takes back nothing when it wakes, and shares again', { timeout: TEST_MS }, async () => {
    const broker = connect()
    const topic = await newTopic(broker, 1)
    const group = 'woken'
    const sleeper = startMember(topic, group)
    await broker.send(numbered(topic, 3))
    await until(() => sleeper.lines.includes('handled 0/2'))
    sleeper.child.kill('SIGSTOP')
    const given: string[] = []
    const subscription = await broker.subscribe({
      topics: [topic],
      group,
      onError() {},
      async handle({ partition, offset, value }) {
        given.push(`${partition}/${offset}`)
        if (value === 'not here') throw new Error(value)
      },
    })
    await until(() => subscription.partitions(topic).length === 1)
    await broker.send([{ topic, key: 'a', value: 'not here' }])
    await until(() => given.includes('0/3'))
    sleeper.child.kill('SIGCONT')
    await broker.close()
    await until(() => sleeper.lines.includes('handled 0/3'))
  })
})

describe('a client', () => {
  it('closes while the broker stands still, and has nothing left that keeps its process', {
    timeout: TEST_MS,
  }, async () => {
    const broker = connect()
    const topic = await newTopic(broker)
    const member = startMember(topic, 'closed')
    await broker.send(numbered(topic, 3))
    await until(() => member.lines.filter((line) => line.startsWith('handled')).length === 3)
    server.pause()
    const begun = performance.now()
    member.child.stdin?.end()
    await member.exited
    expect(member.lines).toContain('closed')
    expect(performance.now() - begun).toBeLessThan(CLOSE_STEPS * CLOSE_STEP_MS + SLACK_MS)
  })

  it('leaves its group when it closes, so that others need not miss it first', {
    timeout: TEST_MS,
  }, async () => {
    const broker = connect()
    const topic = await newTopic(broker)
    const member = startMember(topic, 'left')
    await broker.send(numbered(topic, 3))
    await until(() => member.lines.filter((line) => line.startsWith('handled')).length === 3)
    member.child.stdin?.end()
    await member.exited
    const given: string[] = []
    const patient = connect({ sessionTimeoutMs: PATIENCE_MS })
    await patient.subscribe({
      topics: [topic],
      group: 'left',
      handle: async ({ value }) => void given.push(value),
    })
    await broker.send([{ topic, key: 'a', value: 'next' }])
    await until(() => given.length > 0)
    expect(given).toEqual(['next'])
  })
})

/** A last commit, leaving the group and closing what reads. */
const CLOSE_STEPS = 3
const SLACK_MS = 2_000
