import { AssentError, type Broker, MessageInvalid } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KafkaBench, TIMEOUT_MS, until } from '../../test/kafka-bench.ts'
import { REPLY_HEADERS, reply } from '../../test/replies.ts'
import { KEPT_WAIT_MS } from './limits.ts'

let bench: KafkaBench
beforeEach(async () => {
  bench = await new KafkaBench().open()
})
afterEach(() => bench.close())

const POISON = { topic: 'replies', key: 'transfer-1', value: '{"id":', headers: REPLY_HEADERS }

describe('a reply', () => {
  it.each(['Success', 'Failed'] as const)(
    'that says %s is done with only when what it changed is durable',
    async (status) => {
      const answered = bench.call()
      await bench.isSent()
      await bench.reply({ status })
      const { kept } = await answered
      await bench.clock.pass(0)
      expect(bench.committed()).toBe(0)
      kept?.(true)
      await bench.broker.settled()
      expect(bench.committed()).toBe(1)
      expect(bench.delivered).toEqual([])
      expect(bench.clock.pending).toBe(0)
    },
  )

  it('whose effect this process could not keep is given to the transaction', async () => {
    const answered = bench.call()
    await bench.isSent()
    await bench.reply({ result: 7 })
    const { kept } = await answered
    kept?.(false)
    await bench.broker.settled()
    expect(bench.delivered).toEqual([
      {
        gid: 'transfer-1',
        branchId: 'debit',
        op: 'action',
        scheme: 'kafka:',
        outcome: 'done',
        status: 'Success',
        result: 7,
      },
    ])
  })

  it('of which nobody says whether it was kept is given to the transaction after a while', async () => {
    const answered = bench.call()
    await bench.isSent()
    await bench.reply()
    await answered
    await bench.clock.pass(KEPT_WAIT_MS)
    await bench.broker.settled()
    expect(bench.delivered).toHaveLength(1)
  })

  it('that comes twice answers its call once, and waits for what that changed', async () => {
    bench.broker.inject({ twiceEvery: 1 })
    const answered = bench.call()
    await bench.isSent()
    await bench.reply()
    const { kept, outcome } = await answered
    expect(outcome).toBe('done')
    await bench.clock.pass(0)
    expect([bench.committed(), bench.delivered]).toEqual([0, []])
    kept?.(true)
    await bench.broker.settled()
    expect(bench.delivered).toEqual([])
  })

  it('that comes once more when its call is done with is given to the transaction', async () => {
    const answered = bench.call()
    await bench.isSent()
    await bench.reply()
    const { kept } = await answered
    kept?.(true)
    await bench.reply()
    await bench.broker.settled()
    expect(bench.delivered).toMatchObject([{ outcome: 'done' }])
  })

  it('that comes when its call was given up is given to the transaction', async () => {
    const answered = bench.call()
    await bench.isSent()
    await bench.clock.pass(TIMEOUT_MS)
    await answered
    await bench.reply({ status: 'Failed', error: 'too little', code: 'POOR' })
    await bench.broker.settled()
    const refusal = { code: 'POOR', message: 'too little' }
    expect(bench.delivered).toMatchObject([
      { gid: 'transfer-1', branchId: 'debit', outcome: 'refused', refusal },
    ])
  })

  it.each(['Ongoing', 'Unknown'] as const)(
    'that says %s answers a call, and else is passed over',
    async (status) => {
      const answered = bench.call()
      await bench.isSent()
      await bench.reply({ status, retry_after_ms: 70 })
      const { outcome, retryAfterMs, kept } = await answered
      expect([outcome, retryAfterMs, kept]).toEqual([status.toLowerCase(), 70, undefined])
      await bench.reply({ status })
      await bench.broker.settled()
      expect(bench.delivered).toEqual([])
      expect(bench.observed).toEqual([{ kind: 'reply-passed-over', gid: 'transfer-1', reason: 'undecided' }])
    },
  )

  it('to a transaction that is not known is passed over, and counted', async () => {
    bench.answer = async () => 'unknown-transaction'
    await bench.broker.send([{ ...POISON, value: JSON.stringify(reply()) }])
    await bench.broker.settled()
    expect(bench.observed).toEqual([
      { kind: 'reply-passed-over', gid: 'transfer-1', reason: 'unknown-transaction' },
    ])
  })

  it('that could not be kept is given again until it is', async () => {
    let times = 0
    bench.answer = async () => {
      times += 1
      if (times < 3) throw new AssentError('STORE_UNAVAILABLE', 'away')
      return 'counted'
    }
    await bench.broker.send([{ ...POISON, value: JSON.stringify(reply()) }])
    await bench.broker.settled()
    expect(bench.delivered).toHaveLength(3)
    expect(bench.observed).toEqual([
      {
        kind: 'replies-stalled',
        topic: 'replies',
        partition: expect.any(Number),
        offset: '0',
        error: 'away',
      },
      {
        kind: 'replies-stalled',
        topic: 'replies',
        partition: expect.any(Number),
        offset: '0',
        error: 'away',
      },
    ])
    expect(bench.deadLetters()).toEqual([])
  })

  it('waits in the broker when the transport is closed amid it', async () => {
    const answered = bench.call()
    await bench.isSent()
    await bench.reply()
    await answered
    await bench.transport?.close()
    expect(bench.committed()).toBe(0)
    expect(bench.delivered).toEqual([])
  })
})

describe('what nobody watches', () => {
  it('is told on stderr: dead letters, and replies that wait', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    let times = 0
    bench.answer = async () => {
      times += 1
      if (times === 1) throw new AssentError('STORE_UNAVAILABLE', 'away')
      return 'counted'
    }
    await bench.begin({ observer: undefined })
    await bench.broker.send([POISON, { ...POISON, value: JSON.stringify(reply()) }])
    await bench.broker.settled()
    const lines = told.mock.calls.map(([line]) => line)
    told.mockRestore()
    expect(lines.sort()).toEqual([
      expect.stringMatching(/^replies wait in the broker, at replies\/\d\/\d: away$/),
      expect.stringMatching(/^the reply at replies\/\d\/\d went to replies-dead-letters: value is no JSON$/),
    ])
  })
})

describe('a dead letter', () => {
  it('is a message that is no reply, with the reason and where it stood', async () => {
    await bench.broker.send([POISON])
    await bench.broker.settled()
    expect(bench.deadLetters()).toMatchObject([
      {
        key: 'transfer-1',
        value: '{"id":',
        headers: {
          ...REPLY_HEADERS,
          'assent-dead-reason': 'value is no JSON',
          'assent-dead-topic': 'replies',
          'assent-dead-partition': expect.stringMatching(/^\d$/),
          'assent-dead-offset': '0',
        },
      },
    ])
    expect(bench.observed).toMatchObject([
      {
        kind: 'dead-letter',
        topic: 'replies',
        offset: '0',
        reason: 'value is no JSON',
        deadLetters: 'replies-dead-letters',
      },
    ])
    expect(bench.delivered).toEqual([])
  })

  it('is a reply that the transaction would never take', async () => {
    bench.answer = () => Promise.reject(new AssentError('PAYLOAD_TOO_LARGE', 'too large'))
    await bench.broker.send([{ ...POISON, value: JSON.stringify(reply()) }])
    await bench.broker.settled()
    expect(bench.deadLetters()).toMatchObject([
      { headers: { 'assent-dead-reason': 'PAYLOAD_TOO_LARGE: too large' } },
    ])
  })

  it.each([
    ['lacks its headers', {}, /assent-gid names no transaction/],
    ['names another branch', { ...REPLY_HEADERS, 'assent-branch-id': 'credit' }, /another call/],
    ['names another operation', { ...REPLY_HEADERS, 'assent-op': 'compensate' }, /another call/],
  ])('is a reply that %s than its command, whose call is told at once', async (_what, headers, reason) => {
    const answered = bench.call()
    await bench.isSent()
    const value = JSON.stringify(reply({ command_id: bench.sent()[0]?.command.id ?? '' }))
    await bench.broker.send([{ ...POISON, value, headers }])
    expect(await answered).toMatchObject({ outcome: 'unknown', error: expect.stringMatching(reason) })
    await bench.broker.settled()
    expect(bench.deadLetters()).toHaveLength(1)
  })

  it('is a reply that can not be read but for its command, whose call is told at once', async () => {
    const answered = bench.call()
    await bench.isSent()
    const value = JSON.stringify({
      ...reply({ command_id: bench.sent()[0]?.command.id ?? '' }),
      status: 'ok',
    })
    await bench.broker.send([{ ...POISON, value }])
    expect(await answered).toMatchObject({
      outcome: 'unknown',
      error: expect.stringMatching(/status must be/),
    })
  })

  it('that can not be written leaves the message where it is, until it can', async () => {
    let isFull = true
    const full: Broker = {
      ...bench.broker.connect(),
      send: (messages) =>
        isFull ? Promise.reject(new MessageInvalid('no dead letters today')) : bench.broker.send(messages),
    }
    await bench.begin({ broker: full, deadLetters: 'graveyard' })
    await bench.broker.send([POISON])
    await until(() => expect(bench.observed).toMatchObject([{ kind: 'replies-stalled' }]))
    expect(bench.committed()).toBe(0)
    isFull = false
    await bench.broker.settled()
    expect(bench.broker.messages('graveyard')).toHaveLength(1)
    expect(bench.committed()).toBe(1)
  })

  it('that is too long goes without its value', async () => {
    const narrow: Broker = {
      ...bench.broker.connect(),
      async send(messages) {
        if (messages.some(({ value }) => value.length > 3)) throw new MessageInvalid('too long')
        await bench.broker.send(messages)
      },
    }
    await bench.begin({ broker: narrow })
    await bench.broker.send([POISON])
    await bench.broker.settled()
    expect(bench.deadLetters()).toMatchObject([{ value: '', headers: { 'assent-dead-content': 'omitted' } }])
  })

  it('comes once, also when whoever watches fails', async () => {
    const silenced = vi.spyOn(console, 'error').mockImplementation(() => {})
    const observe = () => {
      throw new Error('watching failed')
    }
    await bench.begin({ observer: { observe } })
    await bench.broker.send([POISON])
    await bench.broker.settled()
    expect(bench.deadLetters()).toHaveLength(1)
    expect(silenced).toHaveBeenCalled()
    silenced.mockRestore()
  })
})
