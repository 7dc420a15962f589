import type { BranchRequest, Command, IncomingMessage, Options, ReplyContent } from '@assent/contract'
import { type Coordinator, createCoordinator, DEFAULT_SETTINGS, systemClock } from '@assent/coordinator'
import type { Observation } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { type MemoryBroker, memoryBroker } from '@assent/testkit/broker'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerCommands, sendReply } from '../../test/command-service.ts'
import { REPLY_PARTITIONS } from './limits.ts'
import { kafka } from './transport.ts'

const BRANCHES: BranchRequest[] = [
  { branchId: 'pay', action: 'kafka:payments/Pay', compensate: 'kafka:payments/Refund' },
  { branchId: 'reserve', action: 'kafka:stock/Reserve', compensate: 'kafka:stock/Free', after: ['pay'] },
]
const WAIT_MS = 20_000
/** So long that nothing is asked again within a test that waits for a reply. */
const PATIENT: Options = { ...DEFAULT_SETTINGS.options, retryIntervalMs: 60_000, requestTimeoutMs: 60_000 }
const HASTY: Options = { ...DEFAULT_SETTINGS.options, retryIntervalMs: 10, requestTimeoutMs: 50 }

let store: ReturnType<typeof memory>
let broker: MemoryBroker
let coordinators: Coordinator[]
let observed: Observation[]

beforeEach(() => {
  store = memory()
  broker = memoryBroker({ partitions: REPLY_PARTITIONS })
  coordinators = []
  observed = []
})

afterEach(async () => {
  for (const coordinator of coordinators) await coordinator.close()
  await broker.close()
})

async function openCoordinator(options: Options): Promise<Coordinator> {
  const observer = { observe: (observation: Observation) => void observed.push(observation) }
  const connected = broker.connect()
  const transport = kafka({
    broker: connected,
    replies: 'replies',
    group: 'all',
    clock: systemClock,
    observer,
  })
  const settings = { options, stopGraceMs: 0 }
  const coordinator = createCoordinator({ store, transports: [transport], observer, settings })
  await coordinator.open()
  coordinators.push(coordinator)
  return coordinator
}

type Sent = { command: Command; message: IncomingMessage }

/** The commands of this type, once there are so many. */
async function commands(type: string, count = 1): Promise<[Sent, ...Sent[]]> {
  const all = (): Sent[] =>
    ['payments', 'stock']
      .flatMap((topic) => broker.messages(topic))
      .map((message) => ({ message, command: JSON.parse(message.value) as Command }))
      .filter(({ command }) => command.command_type === type)
      .sort((one, other) => one.command.created_at.localeCompare(other.command.created_at))
  await expect.poll(() => all().length, { timeout: WAIT_MS, interval: 5 }).toBeGreaterThanOrEqual(count)
  return all() as [Sent, ...Sent[]]
}

const replyTo = ({ command, message }: Sent, content: Partial<ReplyContent> = {}) =>
  sendReply(broker, command, message, content)

const attemptsOf = () => observed.filter(({ kind }) => kind === 'attempt')

describe('a reply', () => {
  it('that reaches another coordinator finds its transaction, which goes on there', async () => {
    const asked = await openCoordinator(PATIENT)
    const other = await openCoordinator(PATIENT)
    const { gid } = await asked.run({ branches: BRANCHES })
    const [pay] = await commands('Pay')
    const home = Number(pay.message.headers['assent-reply-partition'])
    const headers = { ...pay.message.headers, 'assent-reply-partition': String(1 - (home % 2)) }
    await replyTo({ ...pay, message: { ...pay.message, headers } }, { result: { paymentId: 'p-1' } })
    const [reserve] = await commands('Reserve')
    expect(Number(reserve.message.headers['assent-reply-partition']) % 2).not.toBe(home % 2)
    expect(other.state().driving).toBe(1)
    await replyTo(reserve)
    const ended = await asked.get({ gid, waitMs: WAIT_MS })
    expect(ended.status).toBe('COMMITTED')
    expect(ended.branches[0]).toMatchObject({ status: 'SUCCEED', result: { paymentId: 'p-1' } })
    await broker.settled()
  })

  it('to an earlier operation changes nothing, however often it comes', async () => {
    const coordinator = await openCoordinator(PATIENT)
    const { gid } = await coordinator.run({ branches: BRANCHES })
    const [pay] = await commands('Pay')
    await replyTo(pay)
    const [reserve] = await commands('Reserve')
    await replyTo(reserve, { status: 'Failed', error: 'Insufficient inventory', code: 'OUT_OF_STOCK' })
    const [refund] = await commands('Refund')
    for (let time = 0; time < 3; time++) await replyTo(pay)
    await replyTo(reserve)
    await broker.settled()
    expect(await coordinator.get({ gid })).toMatchObject({
      status: 'ABORTING',
      branches: [{ status: 'SUCCEED', op: 'compensate' }, { status: 'FAILED' }],
    })
    await replyTo(refund, { status: 'Compensated' })
    const ended = await coordinator.get({ gid, waitMs: WAIT_MS })
    expect([ended.status, ended.refusal]).toEqual([
      'ABORTED',
      { code: 'OUT_OF_STOCK', message: 'Insufficient inventory' },
    ])
    expect(await commands('Refund')).toHaveLength(1)
  })

  it('to an earlier attempt counts as that of the last would, and the last changes nothing then', async () => {
    const coordinator = await openCoordinator(HASTY)
    const { gid } = await coordinator.run({ branches: BRANCHES.slice(0, 1) })
    const [first, second] = (await commands('Pay', 2)) as [Sent, Sent]
    expect(first.command.idempotency_key).toBe(second.command.idempotency_key)
    await replyTo(first, { result: 1 })
    const ended = await coordinator.get({ gid, waitMs: WAIT_MS })
    expect(ended).toMatchObject({ status: 'COMMITTED', branches: [{ result: 1 }] })
    await replyTo(second, { result: 2 })
    await broker.settled()
    expect((await coordinator.get({ gid })).branches).toEqual(ended.branches)
  })

  it('to a transaction of nobody is passed over, and a message that is none put aside', async () => {
    const coordinator = await openCoordinator(PATIENT)
    const { gid } = await coordinator.run({ branches: BRANCHES.slice(0, 1) })
    const [pay] = await commands('Pay')
    const headers = { ...pay.message.headers, 'assent-gid': 'nobody' }
    const stray = {
      command: { ...pay.command, id: 'c', saga_id: 'nobody' },
      message: { ...pay.message, headers },
    }
    await replyTo(stray)
    await broker.send([{ topic: 'replies', key: '', value: 'no JSON' }])
    await replyTo(pay)
    expect((await coordinator.get({ gid, waitMs: WAIT_MS })).status).toBe('COMMITTED')
    await broker.settled()
    const kinds = observed.map(({ kind }) => kind)
    expect(kinds).toContain('reply-passed-over')
    expect(kinds).toContain('dead-letter')
    expect(broker.messages('replies-dead-letters')).toHaveLength(1)
  })
})

describe('transactions of two coordinators over one broker', () => {
  const ORDERS = 60

  /** A service that does each call once, as behind a barrier, and refuses every fifth. */
  function service() {
    const answers = new Map<string, Partial<ReplyContent>>()
    return {
      answers,
      answer({ command_type, idempotency_key, payload }: Command): Partial<ReplyContent> {
        const known = answers.get(idempotency_key)
        if (known !== undefined) return known
        const isRefused = command_type === 'Reserve' && (payload as { order: number }).order % 5 === 0
        const isUndo = command_type === 'Refund' || command_type === 'Free'
        const status = isRefused ? 'Failed' : isUndo ? 'Compensated' : 'Success'
        const content: Partial<ReplyContent> = isRefused ? { status, error: 'no stock' } : { status }
        answers.set(idempotency_key, content)
        return content
      },
    }
  }

  async function runAll(): Promise<string[]> {
    const ended = Array.from({ length: ORDERS }, async (_, order) => {
      const at = coordinators[order % coordinators.length] as Coordinator
      const { gid } = await at.run({ branches: BRANCHES, payload: { order } })
      return (await at.get({ gid, waitMs: WAIT_MS })).status
    })
    return Promise.all(ended)
  }

  const expected = Array.from({ length: ORDERS }, (_, order) => (order % 5 === 0 ? 'ABORTED' : 'COMMITTED'))

  it.each([
    ['nothing goes wrong', {}],
    ['every second message comes twice', { twiceEvery: 2 }],
    ['messages come in any order', { isOutOfOrder: true }],
    ['every third acknowledgement is lost', { acknowledgementLostEvery: 3 }],
    ['all of it happens', { twiceEvery: 2, isOutOfOrder: true, acknowledgementLostEvery: 3 }],
  ])('end as they must while %s', async (_what, faults) => {
    const { answer } = service()
    await openCoordinator({ ...PATIENT, retryIntervalMs: 20 })
    await openCoordinator({ ...PATIENT, retryIntervalMs: 20 })
    for (const topic of ['payments', 'stock']) await answerCommands(broker.connect(), topic, answer)
    broker.inject(faults)
    expect(await runAll()).toEqual(expected)
    await broker.settled()
    expect(broker.messages('replies-dead-letters')).toEqual([])
  })

  it('go on by themselves when the broker was away', async () => {
    const { answer } = service()
    broker.inject({ isAway: true })
    await openCoordinator(HASTY)
    await openCoordinator(HASTY)
    const running = runAll()
    await expect.poll(() => attemptsOf().length, { timeout: WAIT_MS }).toBeGreaterThanOrEqual(ORDERS)
    expect(new Set(attemptsOf().map((attempt) => attempt.kind === 'attempt' && attempt.outcome))).toEqual(
      new Set(['unknown']),
    )
    broker.inject({ isAway: false })
    for (const topic of ['payments', 'stock']) await answerCommands(broker.connect(), topic, answer)
    expect(await running).toEqual(expected)
  })

  it('keep their replies at home: each is taken by the coordinator that asked', async () => {
    const { answer } = service()
    await openCoordinator(PATIENT)
    await openCoordinator(PATIENT)
    for (const topic of ['payments', 'stock']) await answerCommands(broker.connect(), topic, answer)
    expect(await runAll()).toEqual(expected)
    expect(observed.filter(({ kind }) => kind === 'ownership-lost')).toEqual([])
    // An answer that came elsewhere took no time, as nobody there had asked.
    expect(attemptsOf().filter((attempt) => attempt.kind === 'attempt' && attempt.durationMs === 0)).toEqual(
      [],
    )
  })
})
