import { type Embedded, kafka, open, Refused, saga, unchecked } from 'assent'
import { memory } from 'assent/store/memory'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Served } from '../../test/commands/served.ts'
import type { Commands } from './answer-command.ts'

interface Order {
  /** Which step refuses, if one does. */
  refusing: 'none' | 'payment' | 'stock'
}

/** Two steps of one service, so that one inbox tells what took effect. */
const ORDER = saga('order', { version: 1, input: unchecked<Order>() })
  .step('pay', kafka({ topic: 'commands', action: 'ProcessPayment', compensate: 'CompensatePayment' }))
  .step('reserve', kafka({ topic: 'commands', action: 'ReserveStock', compensate: 'ReleaseStock' }))

const RETRY_MS = 50
let served: Served
let assent: Embedded
beforeEach(async () => {
  served = await Served.open()
  const { broker } = served
  assent = await open({
    store: memory(),
    definitions: [ORDER],
    kafka: { broker, replies: 'replies', group: 'orders' },
  })
})
afterEach(async () => {
  await assent.close()
  await served.close()
})

/** Each command leaves a line, unless the order wants its step to refuse. */
function commands(): Commands<unknown> {
  const step =
    (what: string, refusing?: Order['refusing']): Commands<unknown>[string] =>
    async ({ call, payload, database }) => {
      if (refusing !== undefined && (payload as unknown as Order).refusing === refusing) {
        throw new Refused('NO', `${what} is refused`)
      }
      await served.inbox.leave(database, `${call.gid} ${what}`)
      return { did: what }
    }
  return {
    ProcessPayment: step('charged', 'payment'),
    CompensatePayment: step('refunded'),
    ReserveStock: step('reserved', 'stock'),
    ReleaseStock: step('released'),
  }
}

describe('a saga whose steps are commands', () => {
  it('ends whole while messages come twice and in any order, and sends are not acknowledged', async () => {
    await served.serve(commands(), { topic: 'commands', onError: vi.fn() })
    served.broker.inject({ twiceEvery: 3, isOutOfOrder: true, acknowledgementLostEvery: 7 })
    const refusals = ['none', 'payment', 'none', 'stock'] as const
    const orders = Array.from({ length: 100 }, (_, index) => ({
      gid: `order-${index}`,
      refusing: refusals[index % refusals.length] as Order['refusing'],
    }))
    const options = { retryIntervalMs: RETRY_MS, retryMaxIntervalMs: RETRY_MS }
    const ended = await Promise.all(
      orders.map(({ gid, refusing }) => assent.run(ORDER, { refusing }, { gid, options })),
    )

    const effects = Map.groupBy(await served.inbox.effects(), (line) => line.split(' ')[0])
    orders.forEach(({ gid, refusing }, index) => {
      const lines = (effects.get(gid) ?? []).map((line) => line.split(' ')[1])
      expect(ended[index]).toMatchObject({ status: refusing === 'none' ? 'COMMITTED' : 'ABORTED' })
      expect([gid, lines]).toEqual([gid, EFFECTS[refusing]])
    })
  })
})

const EFFECTS = {
  none: ['charged', 'reserved'],
  payment: [],
  stock: ['charged', 'refunded'],
} as const
