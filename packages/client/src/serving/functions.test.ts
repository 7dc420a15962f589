import { AssentError, isOngoing, isRefused, ongoing, Refused } from '@assent/contract'
import type { Answer, Call } from '@assent/participant'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, it } from 'vitest'
import type { Definition, Given } from '../definitions/definition.ts'
import { http } from '../definitions/http.ts'
import { message } from '../definitions/message.ts'
import { saga } from '../definitions/saga.ts'
import { unchecked } from '../definitions/schema.ts'
import type { ServedCall } from './call.ts'
import { functionsOf } from './functions.ts'

const settings = { version: 1, input: unchecked<{ sku: string }>() }

function callOf(more: Partial<ServedCall>): ServedCall {
  return {
    gid: 'g',
    branchId: 'a',
    op: 'action',
    mode: 'saga',
    phase: 'one',
    attempt: 2,
    headers: { 'idempotency-key': 'g/a/action' },
    signal: new AbortController().signal,
    ...more,
  }
}

function called(definition: Definition, name: string, more: Partial<ServedCall> = {}): Promise<unknown> {
  const run = functionsOf([definition]).get(name)
  if (run === undefined) throw new Error(`nothing is called ${name}`)
  return run(callOf({ branchId: name.split('/').at(-1) ?? '', ...more }))
}

describe('the functions of definitions', () => {
  it('are found by name, version and step', () => {
    const order = saga('order', settings)
      .step('a', { action: () => 1 })
      .step('b', http({ action: 'http://b/' }))
    const newer = saga('order', { ...settings, version: 2 }).step('a', { action: () => 2 })
    const placed = message('placed', { ...settings, query: () => null }).step('c', { action: () => 3 })
    expect([...functionsOf([order, newer, placed]).keys()]).toEqual([
      'order/1/a',
      'order/2/a',
      'placed/1',
      'placed/1/c',
    ])
    expect(() => functionsOf([order, newer, saga('order', settings)])).toThrow(
      'order is defined twice in version 1',
    )
  })

  it('are given what the coordinator sent, and nothing that it did not say', async () => {
    let given: Given | undefined
    const order = saga('order', settings).step('a', {
      action: (each) => {
        given = each as Given
        return 7
      },
    })
    const body = { payload: { sku: 'x' }, results: {} }
    expect(await called(order, 'order/1/a', { body })).toBe(7)
    expect(given).toEqual({
      gid: 'g',
      branchId: 'a',
      attempt: 2,
      idempotencyKey: 'g/a/action',
      signal: expect.any(AbortSignal),
      input: { sku: 'x' },
      results: {},
      outcome: undefined,
      result: undefined,
      database: undefined,
    })
    await expect(called(order, 'order/1/a', { op: 'compensate', body })).rejects.toThrow('has no compensate')
    await expect(called(order, 'order/1/a', { body: 3 })).rejects.toThrow('no envelope')
  })

  it('read results of other services as their schemas make them, and none that does not fit', async () => {
    const Charge: StandardSchemaV1<unknown, { cents: number }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          typeof value === 'string'
            ? { value: { cents: value.length } }
            : { issues: [{ message: 'is no text' }] },
      },
    }
    const order = saga('order', settings)
      .step('charge', http({ action: 'http://b/', result: Charge }))
      .step('a', {
        action: ({ results }) => results.charge.cents,
        compensate: ({ outcome, results }) => (outcome === 'refused' ? results.charge : 'undone'),
      })
    const withCharge = (charge: string | number) => ({ body: { payload: { sku: 'x' }, results: { charge } } })
    expect(await called(order, 'order/1/a', withCharge('abc'))).toBe(3)
    await expect(called(order, 'order/1/a', withCharge(3))).rejects.toThrow(
      'the result of step charge does not fit its schema: is no text',
    )
    // An undo runs all the same, unless it reads the result.
    const undo = { op: 'compensate', phase: 'two' } as const
    const told = (outcome: string) => ({ ...undo, body: { payload: null, results: { charge: 3 }, outcome } })
    expect(await called(order, 'order/1/a', told('done'))).toBe('undone')
    await expect(called(order, 'order/1/a', told('refused'))).rejects.toMatchObject({
      code: 'RESULT_INVALID',
    })
  })

  it('do not take a result that was too long to be kept for none', async () => {
    let effects = 0
    const order = saga('order', settings)
      .step('a', { action: () => 'long', compensate: ({ outcome }) => outcome })
      .step('b', {
        action: ({ results }) => {
          effects++
          return results.a
        },
        compensate: ({ results }) => results.a,
      })
      .step('c', { reads: ['a'], action: ({ results }) => results.a, compensate: () => 'undone' })
    const thrownBy = (name: string, more: Partial<ServedCall>) =>
      called(order, name, more).catch((error) => error)
    const body = { payload: { sku: 'x' }, results: {}, omitted: ['a'] }
    // It may have taken effect by the time it reads the result, so that it must not count as refused.
    const amid = await thrownBy('order/1/b', { body })
    expect(isRefused(amid)).toBe(false)
    expect(amid).toBeInstanceOf(Error)
    expect(effects).toBe(1)
    expect(await thrownBy('order/1/c', { body })).toMatchObject({ name: 'Refused', code: 'RESULT_MISSING' })
    const undo = { op: 'compensate', phase: 'two' } as const
    expect(await thrownBy('order/1/b', { ...undo, body })).toBeInstanceOf(Error)
    expect(await called(order, 'order/1/c', { ...undo, body })).toBe('undone')
    expect(await called(order, 'order/1/a', { ...undo, body: { ...body, outcome: 'done' } })).toBe('unknown')
  })

  it('answer for a message', async () => {
    const placed = message('placed', {
      ...settings,
      query: ({ gid, input }) => {
        if (gid !== 'g') throw new Refused('NEVER')
        return input
      },
    }).step('a', { action: () => 1 })
    const query = {
      branchId: undefined,
      op: 'query',
      phase: 'query',
      mode: 'message',
      body: { sku: 'x' },
    } as const
    expect(await called(placed, 'placed/1', query)).toEqual({ sku: 'x' })
    await expect(called(placed, 'placed/1', { ...query, gid: 'h' })).rejects.toThrow('NEVER')
  })
})

describe('a function behind a barrier', () => {
  const guarded = (answer: Answer | undefined, seen: Call[] = []) =>
    saga('order', settings).step('a', {
      barrier: {
        async run(call, business) {
          seen.push(call)
          return (
            answer ?? { case: 'executed', outcome: 'done', result: (await business('the books')) as string }
          )
        },
      },
      action: ({ database }: { database: string }) => `wrote to ${database}`,
      compensate: ({ database }) => `wrote to ${database}`,
    })
  const body = { payload: null, results: {} }

  it('gets its database, and runs where the barrier lets it', async () => {
    const seen: Call[] = []
    expect(await called(guarded(undefined, seen), 'order/1/a', { body })).toBe('wrote to the books')
    await called(guarded(undefined, seen), 'order/1/a', {
      op: 'compensate',
      phase: 'two',
      body: { ...body, outcome: 'refused' },
    })
    const common = { gid: 'g', branchId: 'a', mode: 'saga', attempt: 2 }
    expect(seen).toEqual([
      { ...common, op: 'action', phase: 'one' },
      { ...common, op: 'compensate', phase: 'two', actionOutcome: 'refused' },
    ])
  })

  it('is refused where the barrier can never take the call, and only there', async () => {
    const throwing = (run: (business: () => unknown) => unknown) =>
      saga('order', settings).step('a', {
        barrier: { run: async (_call, business) => run(() => business(undefined)) as never },
        action: () => {
          throw new AssentError('INVALID_REQUEST', 'a fault of the function')
        },
        compensate: () => null,
      })
    const impossible = throwing(() => {
      throw new AssentError('INVALID_REQUEST', 'the name is too long')
    })
    await expect(called(impossible, 'order/1/a', { body })).rejects.toMatchObject({ name: 'Refused' })
    const undo = { op: 'compensate', phase: 'two', body } as const
    await expect(called(impossible, 'order/1/a', undo)).rejects.toMatchObject({ name: 'AssentError' })
    const inside = throwing((business) => business())
    await expect(called(inside, 'order/1/a', { body })).rejects.toMatchObject({ name: 'AssentError' })
  })

  it('is answered with what the barrier keeps', async () => {
    const again: Answer = { case: 'duplicate', outcome: 'done', result: 3 }
    expect(await called(guarded(again), 'order/1/a', { body })).toBe(3)
    const late: Answer = {
      case: 'late',
      outcome: 'refused',
      refusal: { code: 'LATE', message: 'too late', details: 1 },
    }
    await expect(called(guarded(late), 'order/1/a', { body })).rejects.toMatchObject({
      code: 'LATE',
      details: 1,
    })
    const goesOn: Answer = { case: 'ongoing', outcome: 'ongoing', retryAfterMs: 5 }
    const returned = await called(guarded(goesOn), 'order/1/a', { body })
    expect(isOngoing(returned)).toBe(true)
    expect(returned).toEqual(ongoing({ retryAfterMs: 5 }))
  })
})
