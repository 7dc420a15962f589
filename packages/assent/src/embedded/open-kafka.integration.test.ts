import { memory } from '@assent/store/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kafka, saga, unchecked } from '../index.ts'
import { Refused, serveCommands } from '../participant/index.ts'
import { type MemoryBroker, memoryBarrier, memoryBroker } from '../testing/index.ts'
import { type Embedded, open } from './open.ts'

const order = saga('order', { version: 1, input: unchecked<{ sku: string; cents: number }>() })
  .step(
    'pay',
    kafka({
      topic: 'payment-commands',
      action: 'ProcessPayment',
      compensate: 'CompensatePayment',
      result: unchecked<{ paymentId: string }>(),
    }),
    { payload: ({ input }) => ({ cents: input.cents }) },
  )
  .step('reserve', kafka({ topic: 'stock-commands', action: 'Reserve', compensate: 'Free' }), {
    payload: ({ input, results }) => ({ sku: input.sku, for: results.pay.paymentId }),
  })

const RETRY = { options: { retryIntervalMs: 20, requestTimeoutMs: 200 } }

let broker: MemoryBroker
const bank = memoryBarrier({ cents: 100, calls: [] as string[] })
const stock = memoryBarrier({ a: 1 })
const opened: AsyncDisposable[] = []

beforeEach(() => {
  broker = memoryBroker()
  bank.reset()
  stock.reset()
})

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]()
  await broker.close()
})

async function openOver(connected = broker.connect()): Promise<Embedded> {
  const over = { broker: connected, replies: 'order-replies', group: 'order-service-replies' }
  const assent = await open({ store: memory(), definitions: [order], kafka: over })
  opened.push(assent)
  return assent
}

async function serve(): Promise<void> {
  const served = { broker: broker.connect(), group: 'services' }
  opened.push(
    await serveCommands({
      ...served,
      topic: 'payment-commands',
      barrier: bank,
      commands: {
        ProcessPayment({ payload, database, call }) {
          database.cents -= (payload as { cents: number }).cents
          database.calls.push(call.branchId)
          return { paymentId: `of ${call.gid}` }
        },
        CompensatePayment({ payload, database }) {
          database.cents += (payload as { cents: number }).cents
        },
      },
    }),
    await serveCommands({
      ...served,
      group: 'stock',
      topic: 'stock-commands',
      barrier: stock,
      commands: {
        Reserve({ database, payload }) {
          if (database.a === 0) throw new Refused('OUT_OF_STOCK', 'Insufficient inventory')
          database.a -= 1
          return payload
        },
        Free({ database }) {
          database.a += 1
        },
      },
    }),
  )
}

describe('an embedded coordinator with a broker', () => {
  it('runs the steps of other services on command, with their results, and undoes them', async () => {
    await serve()
    const assent = await openOver()
    const first = await assent.run(order, { sku: 'a', cents: 30 }, { gid: 'order-1' })
    expect(first).toMatchObject({ status: 'COMMITTED', results: { pay: { paymentId: 'of order-1' } } })
    expect(first.status === 'COMMITTED' && first.results.reserve).toEqual({ sku: 'a', for: 'of order-1' })
    expect(bank.state.cents).toBe(70)
    const second = await assent.run(order, { sku: 'a', cents: 30 })
    expect(second).toMatchObject({
      status: 'ABORTED',
      failedBranch: 'reserve',
      refusal: { code: 'OUT_OF_STOCK', message: 'Insufficient inventory' },
    })
    expect([bank.state.cents, stock.state.a]).toEqual([70, 0])
  })

  it('charges once, however often commands and replies come', async () => {
    broker.inject({ twiceEvery: 1, isOutOfOrder: true })
    await serve()
    const assent = await openOver()
    expect(await assent.run(order, { sku: 'a', cents: 30 })).toMatchObject({ status: 'COMMITTED' })
    await broker.settled()
    expect([bank.state.cents, bank.state.calls]).toEqual([70, ['pay']])
  })

  it('waits for services that are away, and goes on when they are there', async () => {
    const assent = await openOver()
    const running = assent.run(order, { sku: 'a', cents: 30 }, RETRY)
    await expect.poll(() => broker.messages('payment-commands').length).toBeGreaterThan(1)
    await serve()
    expect(await running).toMatchObject({ status: 'COMMITTED' })
    expect(bank.state.cents).toBe(70)
  })

  it('leaves the broker to whoever opened it', async () => {
    const connected = broker.connect()
    const assent = await openOver(connected)
    await assent[Symbol.asyncDispose]()
    await expect(connected.ping()).resolves.toBeUndefined()
  })
})
