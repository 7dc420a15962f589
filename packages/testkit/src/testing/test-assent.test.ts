import { setTimeout as sleep } from 'node:timers/promises'
import { saga, tcc, unchecked } from '@assent/client'
import { describe, expect, it } from 'vitest'
import { crashAt } from './crash-at.ts'
import { testAssent } from './test-assent.ts'

const input = unchecked<{ pieces: number }>()

/** A saga whose steps fail as often as they are told to. */
function orderThatFails(times: { reserve?: number; charge?: number } = {}) {
  const left = { reserve: 0, charge: 0, ...times }
  const act = (step: 'reserve' | 'charge') => () => {
    if (left[step] === 0) return { by: step }
    left[step] -= 1
    throw new Error('not now')
  }
  return saga('order', { version: 1, input })
    .step('reserve', { action: act('reserve'), compensate: () => {} })
    .step('charge', { action: act('charge'), compensate: () => {} })
}

describe('testAssent', () => {
  it('runs a transaction to its end', async () => {
    const order = orderThatFails()
    await using assent = testAssent({ definitions: [order] })
    expect(await assent.run(order, { pieces: 1 })).toMatchObject({
      status: 'COMMITTED',
      results: { reserve: { by: 'reserve' }, charge: { by: 'charge' } },
    })
    expect(assent.calls.map(({ step, op }) => `${step}.${op}`)).toEqual(['reserve.action', 'charge.action'])
  })

  it('lets retries and the deadline pass in no time', async () => {
    const order = orderThatFails({ charge: 1_000 })
    await using assent = testAssent({ definitions: [order] })
    const began = performance.now()
    expect(await assent.run(order, { pieces: 1 })).toMatchObject({ status: 'ABORTED', reason: 'DEADLINE' })
    expect(assent.clock.now).toBeGreaterThanOrEqual(60_000)
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(assent.calls.at(-1)).toMatchObject({ step: 'reserve', op: 'compensate' })
  })

  it('lets no time pass while nobody waits, and as much as it is told to', async () => {
    const order = orderThatFails({ charge: 1 })
    await using assent = testAssent({ definitions: [order] })
    const { gid } = await assent.start(order, { pieces: 1 })
    await sleep(5)
    expect((await assent.transactions.get({ gid })).status).toBe('SUBMITTED')
    expect(assent.calls).toEqual([])
    await assent.clock.advance(100)
    expect(assent.calls.map(({ step }) => step)).toEqual(['reserve', 'charge'])
    await assent.clock.advance(5_000)
    expect((await assent.transactions.get({ gid })).status).toBe('COMMITTED')
    expect(assent.clock.now).toBe(5_100)
  })

  it.each([
    crashAt('reserve', 'before-call'),
    crashAt('reserve', 'after-effect'),
    crashAt('charge', 'after-answer'),
    crashAt('after-accept'),
    crashAt('before-decision'),
    crashAt('after-end'),
  ] as const)('outlives a crash: %s', async (fault) => {
    const order = orderThatFails()
    await using assent = testAssent({ definitions: [order], faults: [fault] })
    expect(await assent.run(order, { pieces: 1 })).toMatchObject({ status: 'COMMITTED' })
    await assent.clock.advance(1_000)
    expect(assent.timeline()).toMatch(/coordinator +crashes[\s\S]*coordinator +starts again/)
    expect(assent.faultsLeft()).toEqual([])
  })

  it('outlives a crash while somebody waits', async () => {
    const order = orderThatFails({ reserve: 1 })
    await using assent = testAssent({ definitions: [order] })
    const { gid } = await assent.start(order, { pieces: 1 })
    assent.crash()
    expect((await assent.transactions.get({ gid, waitMs: 60_000 })).status).toBe('COMMITTED')
  })

  it('plays any fault by its name, once', async () => {
    const order = orderThatFails()
    await using assent = testAssent({ definitions: [order], faults: ['refuse(charge)'] })
    expect(await assent.run(order, { pieces: 1 })).toMatchObject({
      status: 'ABORTED',
      failedBranch: 'charge',
    })
    expect(await assent.run(order, { pieces: 1 })).toMatchObject({ status: 'COMMITTED' })
  })

  it('tells every durable state, and then the end', async () => {
    const order = orderThatFails({ charge: 1 })
    await using assent = testAssent({ definitions: [order], faults: [crashAt('charge', 'before-call')] })
    const { gid } = await assent.start(order, { pieces: 1 })
    const statuses: string[] = []
    for await (const { transaction } of assent.transactions.events({ gid })) statuses.push(transaction.status)
    expect(statuses.at(0)).toBe('SUBMITTED')
    expect(statuses.at(-1)).toBe('COMMITTED')
  })

  it('lets steps be tried one by one, and aborts what is left early', async () => {
    const seen: string[] = []
    const booking = tcc('booking', { version: 1, input }).step('seat', {
      try: () => {
        seen.push('try')
        return { row: 3 }
      },
      confirm: () => void seen.push('confirm'),
      cancel: () => void seen.push('cancel'),
    })
    await using assent = testAssent({ definitions: [booking] })
    {
      await using held = await assent.begin(booking, { pieces: 1 })
      expect(await held.try('seat')).toEqual({ row: 3 })
      expect((await held.submit()).status).toBe('COMMITTED')
    }
    {
      await using held = await assent.begin(booking, { pieces: 1 })
      await held.try('seat')
    }
    await assent.clock.advance(1_000)
    expect(seen).toEqual(['try', 'confirm', 'try', 'cancel'])
  })

  it('knows the names of the steps', () => {
    const order = orderThatFails()
    // @ts-expect-error no step is called so
    const begin = () => testAssent({ definitions: [order], faults: [crashAt('resreve', 'before-call')] })
    expect(begin).toThrow('did you mean reserve?')
  })
})
