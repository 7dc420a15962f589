import { type Broker, TOPICS_PAUSE_MS } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerCommands } from '../../test/command-service.ts'
import { KafkaBench, TIMEOUT_MS, until } from '../../test/kafka-bench.ts'
import { REPLY_PARTITIONS } from './limits.ts'
import { type KafkaOptions, kafka } from './transport.ts'

let bench: KafkaBench
beforeEach(async () => {
  bench = await new KafkaBench().open()
})
afterEach(() => bench.close())

describe('a call', () => {
  it('is one command, which says where the reply goes: to a partition that is read here', async () => {
    const answered = bench.call()
    await bench.isSent()
    const [sent] = bench.sent()
    expect(sent).toMatchObject({
      key: 'transfer-1',
      command: { saga_id: 'transfer-1', command_type: 'ProcessPayment', payload: { amount: 30 } },
      headers: { 'assent-gid': 'transfer-1', 'assent-reply-topic': 'replies' },
    })
    expect(Number(sent?.headers['assent-reply-partition'])).toBeLessThan(REPLY_PARTITIONS)
    await bench.reply({ result: { paid: true } })
    expect(await answered).toMatchObject({ outcome: 'done', status: 'Success', result: { paid: true } })
  })

  it('without a reply in time is unknown, and sets no timer that stays', async () => {
    const answered = bench.call()
    await bench.isSent()
    await bench.clock.pass(TIMEOUT_MS)
    expect(await answered).toEqual({
      kind: 'answered',
      outcome: 'unknown',
      error: `no reply from payments within ${TIMEOUT_MS} ms`,
    })
    expect(bench.clock.pending).toBe(0)
  })

  it('whose command the broker does not take in time is unknown then', async () => {
    const hanging: Broker = { ...bench.broker.connect(), send: () => new Promise(() => {}) }
    await bench.begin({ broker: hanging })
    const answered = bench.call()
    await bench.clock.pass(TIMEOUT_MS)
    expect((await answered).error).toBe(`the broker did not take the command within ${TIMEOUT_MS} ms`)
  })

  it('is unknown while the broker is away, at once, and done when it is back', async () => {
    bench.broker.inject({ isAway: true })
    expect(await bench.call()).toMatchObject({
      outcome: 'unknown',
      error: expect.stringMatching(/did not take/),
    })
    bench.broker.inject({ isAway: false })
    await answerCommands(bench.broker, 'payments', () => ({ result: 1 }))
    expect(await bench.call()).toMatchObject({ outcome: 'done', result: 1 })
  })

  it('whose command the broker never takes is unknown, and says why', async () => {
    const answered = await bench.call({ body: 'x'.repeat(2 * 1024 * 1024) })
    expect(answered).toMatchObject({ outcome: 'unknown', error: expect.stringMatching(/never takes this/) })
  })

  it('whose acknowledgement was lost is unknown, and its reply is given to the transaction', async () => {
    bench.broker.inject({ acknowledgementLostEvery: 1 })
    expect(await bench.call()).toMatchObject({ outcome: 'unknown' })
    bench.broker.inject({ acknowledgementLostEvery: undefined })
    await bench.reply()
    await bench.broker.settled()
    expect(bench.delivered).toMatchObject([{ gid: 'transfer-1', op: 'action', outcome: 'done' }])
  })

  it.each(['kafka:payments', 'kafka:pay ments/A', 'kafka:payments/A/B', 'kafka:'])(
    'to %j is unknown: that is no topic and command',
    async (url) => {
      expect(await bench.call({ url })).toMatchObject({
        outcome: 'unknown',
        error: expect.stringMatching(/is no/),
      })
    },
  )

  it('to a topic that is not listed is not made', async () => {
    await bench.begin({ allow: ['kafka:stock'] })
    expect(await bench.call()).toMatchObject({
      outcome: 'unknown',
      error: 'kafka:payments is none of the origins that may be called',
    })
    expect(bench.sent()).toEqual([])
  })

  it('ends with the transport', async () => {
    const answered = bench.call()
    await bench.isSent()
    await bench.transport?.close()
    expect((await answered).error).toBe('the transport was closed')
    expect((await bench.call()).error).toBe('the transport was closed')
    expect(bench.clock.pending).toBe(0)
  })
})

describe('a broker that is away at the start', () => {
  it('stops nothing: calls are unknown, and topics and replies are there when it is', async () => {
    await bench.transport?.close()
    bench.broker.inject({ isAway: true })
    bench.receiving({ replies: 'late-replies' })
    expect(await bench.call()).toMatchObject({ outcome: 'unknown' })
    await until(() =>
      expect(bench.observed).toMatchObject([{ kind: 'replies-stalled', topic: 'late-replies' }]),
    )
    bench.broker.inject({ isAway: false })
    await bench.clock.pass(TOPICS_PAUSE_MS)
    await answerCommands(bench.broker, 'payments', () => ({ result: 1 }))
    expect(await bench.call()).toMatchObject({ outcome: 'done', result: 1 })
    expect(bench.sent().at(-1)?.headers['assent-reply-topic']).toBe('late-replies')
  })
})

it('a topic that Kafka has not is refused', () => {
  const { broker, clock } = bench
  const opening = (given: Partial<KafkaOptions>) => () =>
    kafka({ broker, clock, replies: 'replies', group: 'coordinators', ...given })
  expect(opening({ replies: 'no topic' })).toThrow('"no topic" is no topic of Kafka')
  expect(opening({ replies: 'r'.repeat(240) })).toThrow(/is no topic/)
  expect(opening({ allow: ['payments'] })).toThrow(/is no origin/)
})
