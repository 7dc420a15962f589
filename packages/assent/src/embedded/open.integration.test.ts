import { memory } from '@assent/store/memory'
import { afterEach, describe, expect, it } from 'vitest'
import { http, Refused, saga, tcc, unchecked } from '../index.ts'
import { type Embedded, open } from './open.ts'

interface Order {
  sku: string
  quantity: number
}

const order = (calls: string[], more: { refuses?: string } = {}) => {
  const did = (what: string) => {
    calls.push(what)
    if (more.refuses === what) throw new Refused('NOT_TODAY', `no ${what} today`, { sku: 'a' })
  }
  return saga('order', { version: 1, input: unchecked<Order>() })
    .step('reserve', {
      action: ({ input }) => {
        did('reserve')
        return { reservationId: `${input.sku}-${input.quantity}`, at: new Date(0) }
      },
      compensate: ({ outcome, result }) => {
        did(outcome === 'done' ? `release ${result.reservationId} of ${result.at}` : `release ${outcome}`)
      },
    })
    .step('charge', {
      action: ({ results }) => {
        did('charge')
        return { chargeId: `for ${results.reserve.reservationId}` }
      },
      compensate: ({ outcome }) => did(`refund ${outcome}`),
    })
    .step('ship', {
      action: ({ results }) => {
        did('ship')
        return { parcel: `${results.reserve.reservationId} ${results.charge.chargeId}` }
      },
    })
}

const opened: Embedded[] = []
async function begin(...definitions: Parameters<typeof open>[0]['definitions'] & object): Promise<Embedded> {
  const assent = await open({ store: memory(), definitions })
  opened.push(assent)
  return assent
}
afterEach(() => Promise.all(opened.splice(0).map((assent) => assent.close())))

describe('a saga in this process', () => {
  it('hands results on and ends with all of them', async () => {
    const calls: string[] = []
    const kind = order(calls)
    const ended = await (await begin(kind)).run(kind, { sku: 'a', quantity: 2 }, { gid: 'order-1' })
    expect(ended).toEqual({
      gid: 'order-1',
      status: 'COMMITTED',
      results: {
        reserve: { reservationId: 'a-2', at: '1970-01-01T00:00:00.000Z' },
        charge: { chargeId: 'for a-2' },
        ship: { parcel: 'a-2 for a-2' },
      },
    })
    expect(calls).toEqual(['reserve', 'charge', 'ship'])
  })

  it('undoes what was done when a step refuses, and says which and why', async () => {
    const calls: string[] = []
    const kind = order(calls, { refuses: 'ship' })
    const ended = await (await begin(kind)).run(kind, { sku: 'a', quantity: 2 }, { gid: 'order-1' })
    expect(ended).toEqual({
      gid: 'order-1',
      status: 'ABORTED',
      reason: 'BRANCH_REFUSED',
      failedBranch: 'ship',
      refusal: { code: 'NOT_TODAY', message: 'no ship today', details: { sku: 'a' } },
    })
    expect(calls).toEqual([
      'reserve',
      'charge',
      'ship',
      'refund done',
      'release a-2 of 1970-01-01T00:00:00.000Z',
    ])
  })

  it('is the same transaction when it is run again with the same gid and input', async () => {
    const calls: string[] = []
    const kind = order(calls)
    const assent = await begin(kind)
    const first = await assent.run(kind, { sku: 'a', quantity: 2 }, { gid: 'order-1' })
    expect(await assent.run(kind, { sku: 'a', quantity: 2 }, { gid: 'order-1' })).toEqual(first)
    expect(calls).toHaveLength(3)
    await expect(assent.run(kind, { sku: 'b', quantity: 2 }, { gid: 'order-1' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  it('is refused with functions that were never registered', async () => {
    const kind = order([])
    await expect((await begin()).run(kind, { sku: 'a', quantity: 1 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })

  it('lets no input pass for a reference to a result', async () => {
    const kind = order([])
    const sku = { $result: 'reserve' } as unknown as string
    await expect((await begin(kind)).run(kind, { sku, quantity: 1 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ path: 'input.sku.$result', problem: expect.any(String) }],
    })
  })

  it('can be started, waited for, watched and asked to stop', async () => {
    let goOn = (): void => {}
    const going = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const kind = saga('slow', { version: 1, input: unchecked<null>() }).step('wait', { action: () => going })
    const assent = await begin(kind)
    const handle = await assent.start(kind, null, { gid: 'slow-1' })
    expect(await handle.status()).toBe('SUBMITTED')
    await expect(handle.result({ waitMs: 20 })).rejects.toMatchObject({ code: 'NOT_ENDED' })
    goOn()
    expect(await handle.result()).toEqual({ gid: 'slow-1', status: 'COMMITTED', results: {} })
    const seen: string[] = []
    for await (const { transaction } of handle.events()) seen.push(transaction.status)
    expect(seen.at(-1)).toBe('COMMITTED')
    await expect(handle.abort()).rejects.toMatchObject({ code: 'INVALID_STATUS_TRANSITION' })
  })
})

describe('definitions that come and go', () => {
  it('leave a transaction waiting with attention, and take it up when they are back', async () => {
    const store = memory()
    const kept = { ...store, close: async () => {} }
    const calls: string[] = []
    const kind = order(calls)
    let isDown = true
    const broken = saga('order', { version: 1, input: unchecked<Order>() }).step('reserve', {
      action: () => {
        if (isDown) throw new Error('not now')
      },
    })
    const first = await open({ store: kept, definitions: [broken], settings: { stopGraceMs: 0 } })
    const { gid } = await first.start(broken, { sku: 'a', quantity: 1 })
    await first.close()
    isDown = false

    const newer = saga('order', { version: 2, input: unchecked<Order>() }).step('other', {
      action: () => null,
    })
    const second = await open({ store: kept, definitions: [newer], settings: { stopGraceMs: 0 } })
    expect(await second.run(newer, { sku: 'b', quantity: 1 })).toMatchObject({ status: 'COMMITTED' })
    await expect
      .poll(async () => (await second.transactions.get({ gid })).attention?.reason)
      .toBe('DEFINITION_MISSING')
    await second.close()

    opened.push(await open({ store: kept, definitions: [newer, kind] }))
    await expect.poll(() => opened[0]?.handle(kind, gid).status(), { timeout: 20_000 }).toBe('COMMITTED')
    expect(calls).toEqual(['reserve'])
  })
})

describe('a tcc in this process', () => {
  const booking = (calls: string[], refuses = false) =>
    tcc('booking', { version: 1, input: unchecked<{ seats: number }>() })
      .step('seat', {
        try: ({ input }) => ({ held: input.seats }),
        confirm: ({ result }) => void calls.push(`take ${result.held}`),
        cancel: ({ outcome }) => void calls.push(`free seat ${outcome}`),
      })
      .step('hotel', {
        try: ({ results }) => {
          if (refuses) throw new Refused('FULL')
          return { beds: results.seat.held }
        },
        confirm: ({ result, results }) => void calls.push(`sleep ${result.beds} of ${results.seat.held}`),
        cancel: ({ outcome }) => void calls.push(`free hotel ${outcome}`),
      })

  it('can be tried step by step, and submitted', async () => {
    const calls: string[] = []
    const kind = booking(calls)
    const assent = await begin(kind)
    await using held = await assent.begin(kind, { seats: 2 })
    expect(await held.try('seat')).toEqual({ held: 2 })
    expect(await held.try('hotel')).toEqual({ beds: 2 })
    expect(calls).toEqual([])
    expect(await held.submit()).toMatchObject({ status: 'COMMITTED', results: { hotel: { beds: 2 } } })
    expect(calls.sort()).toEqual(['sleep 2 of 2', 'take 2'])
  })

  it('has what was not tried yet tried by the coordinator', async () => {
    const calls: string[] = []
    const kind = booking(calls)
    await using held = await (await begin(kind)).begin(kind, { seats: 2 })
    await held.try('seat')
    expect(await held.submit()).toMatchObject({ status: 'COMMITTED', results: { hotel: { beds: 2 } } })
  })

  it('is aborted when it is left early', async () => {
    const calls: string[] = []
    const kind = booking(calls, true)
    const assent = await begin(kind)
    const leave = async () => {
      await using held = await assent.begin(kind, { seats: 2 }, { gid: 'left' })
      await held.try('seat')
      await held.try('hotel')
      await held.submit()
    }
    await expect(leave()).rejects.toMatchObject({ code: 'BRANCH_REFUSED' })
    await expect.poll(() => assent.handle(kind, 'left').status()).toBe('ABORTED')
    expect(calls).toContain('free seat done')
  })
})

describe('steps of other services', () => {
  it('stand beside functions of one’s own, and read their results', async () => {
    const kind = saga('mixed', { version: 1, input: unchecked<{ id: string }>() })
      .step('own', { action: () => ({ code: 7 }) })
      .step('other', http({ action: 'http://127.0.0.1:9/pay' }), {
        payload: ({ input, results }) => ({ id: input.id, codes: [results.own.code], all: results.own }),
        retry: { maxAttempts: 1 },
      })
    const assent = await begin(kind)
    const ended = await assent.run(kind, { id: 'x' }, { gid: 'mixed-1' })
    expect(ended).toMatchObject({ status: 'ABORTED', reason: 'ATTEMPTS_EXHAUSTED', failedBranch: 'other' })
    const { branches } = await assent.transactions.get({ gid: 'mixed-1' })
    expect(branches[1]?.payload).toEqual({
      id: 'x',
      codes: [{ $result: 'own', pointer: '/code' }],
      all: { $result: 'own', pointer: '' },
    })
  })
})
