import { BrokerUnavailable, type CommandReply, ongoing, Refused } from '@assent/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Caller, COMMANDS, failingTo, REPLIES } from '../../test/commands/caller.ts'
import { INBOXES, type OpenInbox } from '../../test/commands/inboxes.ts'
import { Served } from '../../test/commands/served.ts'
import type { Commands } from './answer-command.ts'

describe.each(INBOXES)('commands behind the barrier in $name', ({ open }) => {
  let inbox: OpenInbox
  let served: Served
  let caller: Caller

  beforeAll(async () => {
    inbox = await open()
  })
  beforeEach(() => {
    served = new Served(inbox)
    caller = served.caller
  })
  afterEach(async () => {
    await served.stop()
    await inbox.clear()
  })
  afterAll(() => inbox.close())

  /** A service that charges and refunds, each time leaving a line. */
  function payments(): Commands<unknown> {
    const leave = (database: unknown, gid: string, op: string) => inbox.leave(database, `${gid} ${op}`)
    return {
      ProcessPayment: async ({ call, payload, database }) => {
        await leave(database, call.gid, 'charged')
        return { paid: payload }
      },
      CompensatePayment: ({ call, database }) => leave(database, call.gid, 'refunded'),
    }
  }

  it('are carried out, and answered with what they came to', async () => {
    await served.serve(payments())
    const [reply] = await caller.call({ payload: { amount: '99.99' } })
    expect(reply).toMatchObject({ status: 'Success', result: { paid: { amount: '99.99' } }, error: null })
    expect(await inbox.effects()).toEqual(['order-17 charged'])
  })

  it('take effect once however often they come, and every one is answered alike', async () => {
    // Two groups receive everything, as two members may while partitions change hands.
    await served.serve(payments())
    await served.serve(payments(), { group: 'another' })
    const call = { payload: { amount: '99.99' } }
    const replies = await caller.call(call, call, call)
    expect(replies).toHaveLength(6)
    for (const reply of replies)
      expect(reply).toMatchObject({ status: 'Success', result: { paid: call.payload } })
    expect(await inbox.effects()).toEqual(['order-17 charged'])
  })

  it('that are refused are answered Failed, and every repeat again', async () => {
    const charge = vi.fn(() => {
      throw new Refused('NO_FUNDS', 'Payment processing failed', { cents: 3 })
    })
    await served.serve({ ProcessPayment: charge })
    const failed = {
      status: 'Failed',
      result: null,
      error: 'Payment processing failed',
      code: 'NO_FUNDS',
      details: { cents: 3 },
    }
    const replies = await caller.call({}, {}, {})
    expect(replies).toMatchObject([failed, failed, failed])
    expect(charge).toHaveBeenCalledOnce()
  })

  it('are undone once, and the undo is answered Compensated', async () => {
    await served.serve(payments())
    const replies = await caller.call({}, { op: 'compensate' }, { op: 'compensate' })
    expect(replies.map(({ status }) => status)).toEqual(['Success', 'Compensated', 'Compensated'])
    expect(await inbox.effects()).toEqual(['order-17 charged', 'order-17 refunded'])
  })

  it('that come after their undo are refused and charge nobody', async () => {
    await served.serve(payments())
    const [undone, late] = await caller.call({ op: 'compensate' }, {})
    expect(undone).toMatchObject({ status: 'Compensated' })
    expect(late).toMatchObject({ status: 'Failed', code: 'LATE' })
    expect(await inbox.effects()).toEqual([])
  })

  it('whose reply was not kept are answered again, and not carried out again', async () => {
    const failures = [new BrokerUnavailable('it went away')]
    await served.serve(payments(), { broker: failingTo(caller.broker, REPLIES, () => failures.shift()) })
    const [reply] = await caller.call({ payload: { amount: '99.99' } })
    expect(failures).toHaveLength(0)
    expect(reply).toMatchObject({ status: 'Success', result: { paid: { amount: '99.99' } } })
    expect(await inbox.effects()).toEqual(['order-17 charged'])
  })

  it('whose business fails leave nothing, and are carried out when they are asked again', async () => {
    const fault = new Error('secret: the connection string')
    let failing = true
    const charge: Commands<unknown>[string] = async ({ call, database }) => {
      await inbox.leave(database, `${call.gid} charged`)
      if (failing) throw fault
    }
    const { onError } = await served.serve({ ProcessPayment: charge })
    const [unknown] = await caller.call({})
    expect(unknown).toMatchObject({ status: 'Unknown', result: null, code: 'INTERNAL' })
    expect(JSON.stringify(unknown)).not.toContain('secret')
    expect(onError).toHaveBeenCalledExactlyOnceWith(fault, expect.objectContaining({ topic: COMMANDS }))
    expect(await inbox.effects()).toEqual([])
    failing = false
    expect(await caller.call({})).toMatchObject([{ status: 'Success' }])
    expect(await inbox.effects()).toEqual(['order-17 charged'])
  })

  it('that go on elsewhere are answered Ongoing until they are completed', async () => {
    await served.serve({
      ProcessPayment: () => ongoing({ retryAfterMs: 1_500 }),
      CompensatePayment: () => {},
    })
    const [begun] = await caller.call({})
    expect(begun).toMatchObject({ status: 'Ongoing', retry_after_ms: 1_500, error: null })
    expect(await caller.call({ op: 'compensate' })).toMatchObject([{ status: 'Ongoing' }])
    await inbox.barrier.complete(
      { gid: 'order-17', branchId: 'pay', op: 'action' },
      { outcome: 'done', result: { paid: true } },
      (database) => inbox.leave(database, 'order-17 charged'),
    )
    expect(await caller.call({})).toMatchObject([{ status: 'Success', result: { paid: true } }])
    expect(await inbox.effects()).toEqual(['order-17 charged'])
  })

  it('that come twice and in any order take effect once each, or not at all', async () => {
    const { service } = await served.serve(payments(), { concurrency: 16 })
    caller.broker.inject({ twiceEvery: 3, isOutOfOrder: true })
    const gids = Array.from({ length: 800 }, (_, index) => `order-${index}`)
    const isUndone = (index: number) => index % 4 === 0
    const sendings = gids.flatMap((gid, index) => [
      { gid },
      ...(isUndone(index) ? [{ gid, op: 'compensate' }] : []),
    ])
    expect(sendings).toHaveLength(1_000)
    await caller.send(...sendings)
    await caller.broker.settled()

    const replies = Map.groupBy(caller.replies(), ({ saga_id }) => saga_id)
    const effects = Map.groupBy(await inbox.effects(), (line) => line.split(' ')[0])
    gids.forEach((gid, index) => {
      const [paid] = statuses(replies.get(gid), 'Success', 'Failed')
      const expected = [
        ...(paid === 'Success' ? [`${gid} charged`] : []),
        ...(paid === 'Success' && isUndone(index) ? [`${gid} refunded`] : []),
      ]
      expect(effects.get(gid) ?? []).toEqual(expected)
      expect(statuses(replies.get(gid), 'Compensated')).toHaveLength(isUndone(index) ? 1 : 0)
      if (!isUndone(index)) expect(paid).toBe('Success')
    })
    const { done, refused } = service.counts()
    expect(done + refused).toBe(caller.replies().length)
    // Some really came twice, and some behind their undo.
    expect(done + refused).toBeGreaterThan(1_300)
    expect(refused).toBeGreaterThan(10)
  })
})

/** The different ones among these that were replied. Of an action there must never be two. */
function statuses(
  replies: readonly CommandReply[] = [],
  ...among: readonly CommandReply['status'][]
): string[] {
  const found = new Set(replies.map(({ status }) => status).filter((status) => among.includes(status)))
  expect(found.size).toBeLessThan(2)
  return [...found]
}
