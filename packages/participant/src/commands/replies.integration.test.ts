import { type Broker, BrokerUnavailable, invalidRequest, MessageInvalid, Refused } from '@assent/contract'
import { MESSAGE_MAX_BYTES } from '@assent/testkit/broker'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gate } from '../../test/accounts.ts'
import { failingTo, REPLIES } from '../../test/commands/caller.ts'
import { Served } from '../../test/commands/served.ts'
import { BarrierUnavailable } from '../barrier/barrier.ts'
import type { Commands } from './answer-command.ts'
import { REPLY_TRIED_MS } from './patience.ts'
import { COMMAND_AGE_MAX_MS } from './too-old.ts'

let served: Served
beforeEach(async () => {
  served = await Served.open()
})
afterEach(() => served.close())

describe('a reply', () => {
  it('goes to the partition that the caller reads, with the headers of its call', async () => {
    await served.serve({ ProcessPayment: served.leaving })
    for (const partition of [0, 1, 2]) {
      await served.caller.call({
        headers: { 'assent-reply-partition': String(partition), 'assent-attempt': '3' },
      })
    }
    const replies = served.caller.replyMessages()
    expect(replies.map(({ partition }) => partition)).toEqual([0, 1, 2])
    expect(replies[0]).toMatchObject({ key: 'order-17' })
    expect(replies[0]?.headers).toEqual({
      'assent-gid': 'order-17',
      'assent-branch-id': 'pay',
      'assent-op': 'action',
      'assent-phase': 'one',
      'assent-attempt': '3',
    })
  })

  it('goes to any partition where that one is not there', async () => {
    await served.serve({ ProcessPayment: served.leaving })
    const replies = await served.caller.call({ headers: { 'assent-reply-partition': '99' } })
    expect(replies).toMatchObject([{ status: 'Success' }])
  })

  it('without room for the result says that there is one', async () => {
    const long = 'x'.repeat(MESSAGE_MAX_BYTES - 100)
    await served.serve({ ProcessPayment: () => long })
    const [reply] = await served.caller.call({})
    expect(reply).toMatchObject({ status: 'Success', result: null, result_omitted: true })
  })

  it('tells what is refused in phase two too, where it is asked again', async () => {
    let refusing = true
    await served.serve({
      ProcessPayment: served.leaving,
      CompensatePayment: async (work) => {
        if (refusing) throw new Refused('CLOSED', 'the books are closed')
        await served.leaving(work)
      },
    })
    const [, refused] = await served.caller.call({}, { op: 'compensate' })
    expect(refused).toMatchObject({ status: 'Failed', code: 'CLOSED' })
    refusing = false
    expect(await served.caller.call({ op: 'compensate' })).toMatchObject([{ status: 'Compensated' }])
    expect(await served.inbox.effects()).toEqual(['action', 'compensate'])
  })

  it('says when to ask again where the database is not to be had', async () => {
    const barrier = {
      run: async () => {
        throw new BarrierUnavailable('others stood in the way')
      },
    }
    const { onError } = await served.serve({ ProcessPayment: served.leaving }, { barrier })
    const [reply] = await served.caller.call({})
    expect(reply).toMatchObject({ status: 'Unknown', code: 'UNAVAILABLE', retry_after_ms: 1_000 })
    expect(reply?.error).toBe('others stood in the way')
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(BarrierUnavailable), expect.anything())
  })

  it('to a command so old that the barrier may have forgotten it says that it is not carried out', async () => {
    const onDay = (ageMs: number): Broker => ({
      ...served.broker.connect(),
      subscribe: (options) =>
        served.broker.subscribe({
          ...options,
          handle: (message) => options.handle({ ...message, timestamp: Date.now() - ageMs }),
        }),
    })
    await served.serve({ ProcessPayment: served.leaving }, { broker: onDay(COMMAND_AGE_MAX_MS + 60_000) })
    const replies = await served.caller.call({}, { op: 'compensate' }, { value: '{' })
    expect(replies).toMatchObject([
      { status: 'Unknown', code: 'TOO_OLD' },
      { status: 'Unknown', code: 'TOO_OLD' },
    ])
    await served.caller.call({ without: ['assent-reply-topic'] })
    expect(served.caller.deadLetters()).toHaveLength(2)
    await served.stop()
    await served.serve({ ProcessPayment: served.leaving }, { broker: onDay(COMMAND_AGE_MAX_MS - 60_000) })
    expect(await served.caller.call({})).toMatchObject([{ status: 'Success' }])
    expect(await served.inbox.effects()).toEqual(['action'])
  })

  it('refuses a call that the barrier can never take, as no repeat of it can be', async () => {
    const barrier = {
      run: async () => {
        throw invalidRequest([{ path: 'gid', problem: 'is too long' }])
      },
    }
    await served.serve({ ProcessPayment: served.leaving }, { barrier })
    expect(await served.caller.call({})).toMatchObject([{ status: 'Failed', code: 'INVALID_REQUEST' }])
  })
})

describe('while the broker', () => {
  it('is away nothing is lost, and all is answered when it is back', async () => {
    const { passed, open } = gate()
    const charge = vi.fn<Commands<unknown>[string]>(async (work) => {
      await passed
      await served.leaving(work)
    })
    await served.serve({ ProcessPayment: charge })
    await served.caller.send({})
    await vi.waitFor(() => expect(charge).toHaveBeenCalled())
    served.broker.inject({ isAway: true })
    open()
    await vi.waitFor(async () => expect(await served.inbox.effects()).toEqual(['action']))
    served.broker.inject({ isAway: false })
    await served.broker.settled()
    expect(new Set(served.caller.replies().map(({ status }) => status))).toEqual(new Set(['Success']))
    expect(await served.inbox.effects()).toEqual(['action'])
  })

  it('does not say whether it kept a reply, the reply is sent again', async () => {
    const { service } = await served.serve({ ProcessPayment: served.leaving })
    served.broker.inject({ acknowledgementLostEvery: 2 })
    // The first send is the caller's own.
    const replies = await served.caller.call({})
    expect(replies).toMatchObject([{ status: 'Success' }, { status: 'Success' }])
    expect(service.counts()).toMatchObject({ done: 1 })
    expect(await served.inbox.effects()).toEqual(['action'])
  })

  it('takes no form of a reply, the command goes to the dead letters and holds nobody up', async () => {
    const { service, onDeadLetter } = await served.serve(
      { ProcessPayment: served.leaving },
      { broker: failingTo(served.broker, REPLIES, () => new MessageInvalid('not today')) },
    )
    expect(await served.caller.call({})).toEqual([])
    expect(onDeadLetter).toHaveBeenCalledExactlyOnceWith(
      expect.anything(),
      "its reply can't be sent: not today",
    )
    expect(service.counts()).toEqual({ done: 0, refused: 0, ongoing: 0, unknown: 0, deadLetters: 1 })
  })
})

describe('a reply topic that takes nothing, while the broker is there', () => {
  const reason = "its reply can't be sent: there is no such topic"
  const failing = () =>
    failingTo(served.broker, REPLIES, () => new BrokerUnavailable('there is no such topic'))

  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** As if all the time had passed for which a reply is tried. */
  function passTime(): void {
    const now = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => now() + REPLY_TRIED_MS)
  }

  it('holds up nobody for longer than its time: the command is carried out, and a dead letter', async () => {
    const { onError } = await served.serve({ ProcessPayment: served.leaving }, { broker: failing() })
    await served.caller.send({})
    await vi.waitFor(() => expect(onError.mock.calls.length).toBeGreaterThan(1))
    expect(served.caller.deadLetters()).toEqual([])
    passTime()
    await served.caller.send({ gid: 'order-18' })
    await served.broker.settled()
    const reasons = served.caller.deadLetters().map(({ headers }) => headers['assent-dead-reason'])
    expect(reasons).toEqual([reason, reason])
    expect(await served.inbox.effects()).toEqual(['action', 'action'])
  })

  it('has one dead letter of a command that can’t be read, however often that was tried', async () => {
    const { onError } = await served.serve({}, { broker: failing() })
    await served.caller.send({ value: '{"id":' })
    await vi.waitFor(() => expect(onError.mock.calls.length).toBeGreaterThan(1))
    expect(served.caller.deadLetters()).toEqual([])
    passTime()
    await served.broker.settled()
    expect(served.caller.deadLetters()).toMatchObject([
      { headers: { 'assent-dead-reason': `value is no JSON; ${reason}` } },
    ])
  })
})
