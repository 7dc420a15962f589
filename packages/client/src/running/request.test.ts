import { describe, expect, it } from 'vitest'
import { http } from '../definitions/http.ts'
import { message } from '../definitions/message.ts'
import { saga } from '../definitions/saga.ts'
import { unchecked } from '../definitions/schema.ts'
import { tcc } from '../definitions/tcc.ts'
import { requestOf } from './request.ts'

interface Order {
  sku: string
  at?: Date
}
const settings = { version: 2, input: unchecked<Order>() }
const act = { action: () => ({ id: 1 }) }

describe('the request that a definition makes', () => {
  it('names a branch for each step, one after another, with the address of its functions', async () => {
    const order = saga('order', settings)
      .step('a', { ...act, compensate: () => null, timeoutMs: 70, retry: { maxAttempts: 3 } })
      .step('b', { ...act, after: [], reads: [] })
      .pivot('c', act)
    expect(
      await requestOf(
        order,
        { sku: 'x', at: new Date(0) },
        { gid: 'g', address: 'local:', timeoutMs: 9, labels: { l: '1' } },
      ),
    ).toEqual({
      gid: 'g',
      mode: 'saga',
      name: 'order',
      version: 2,
      labels: { l: '1' },
      payload: { sku: 'x', at: '1970-01-01T00:00:00.000Z' },
      options: { timeoutToFailMs: 9 },
      branches: [
        {
          branchId: 'a',
          action: 'local:order/2/a',
          compensate: 'local:order/2/a',
          envelope: true,
          timeoutMs: 70,
          retry: { maxAttempts: 3 },
        },
        { branchId: 'b', action: 'local:order/2/b', envelope: true, reads: [] },
        { branchId: 'c', action: 'local:order/2/c', envelope: true, after: ['b'], pivot: true },
      ],
    })
  })

  it('has the deadline of its start, of its options, or of its definition', async () => {
    const order = saga('order', { ...settings, timeoutMs: 1_000 })
      .step('a', act)
      .pivot('b', act)
    const optionsOf = async (given: object) =>
      (await requestOf(order, { sku: 'x' }, { address: 'local:', ...given })).options
    expect(await optionsOf({})).toEqual({ timeoutToFailMs: 1_000 })
    expect(await optionsOf({ options: { parallelism: 2 } })).toEqual({
      parallelism: 2,
      timeoutToFailMs: 1_000,
    })
    expect(await optionsOf({ options: { timeoutToFailMs: 2_000 } })).toEqual({ timeoutToFailMs: 2_000 })
    expect(await optionsOf({ timeoutMs: 3_000, options: { timeoutToFailMs: 2_000 } })).toEqual({
      timeoutToFailMs: 3_000,
    })
    for (const timeoutMs of [0, 1.5, Number.NaN]) {
      expect(() => saga('order', { ...settings, timeoutMs })).toThrow('timeoutMs of order must be')
    }
  })

  it('calls phase one by the field that it has on the wire, in every mode', async () => {
    const booking = tcc('booking', settings)
      .step('seat', { try: () => 1, confirm: () => null, cancel: () => null })
      .step('hotel', http({ try: 'http://h/1', confirm: 'http://h/2', cancel: 'http://h/3' }))
    const { branches } = await requestOf(booking, { sku: 'x' }, { address: 'https://o/assent/' })
    const own = 'https://o/assent/booking/2/seat'
    expect(branches).toEqual([
      { branchId: 'seat', action: own, confirm: own, cancel: own, envelope: true },
      {
        branchId: 'hotel',
        action: 'http://h/1',
        confirm: 'http://h/2',
        cancel: 'http://h/3',
        after: ['seat'],
      },
    ])
  })

  it('asks for a message where its functions are', async () => {
    const placed = message('placed', { ...settings, query: () => null }).step('a', act)
    expect(await requestOf(placed, { sku: 'x' }, { address: 'local:' })).toMatchObject({
      mode: 'message',
      query: 'local:placed/2',
    })
  })

  it('puts results into a payload by reference, whatever their names', async () => {
    const order = saga('order', { version: 1, input: unchecked<Order>() })
      .step('a', { action: () => ({ 'x/y~z': [{ id: 1 }] }) })
      .step('b', http({ action: 'http://b/', compensate: 'http://b/undo' }), {
        payload: ({ input, results }) => [input.sku, results.a['x/y~z'][0]?.id],
        undoPayload: ({ results, result }) => ({ all: results.a, own: result }),
      })
    const { branches } = await requestOf(order, { sku: 'x' }, { address: 'local:' })
    expect(branches[1]).toMatchObject({
      payload: ['x', { $result: 'a', pointer: '/x~1y~0z/0/id' }],
      undoPayload: { all: { $result: 'a', pointer: '' }, own: { $result: 'b', pointer: '' } },
    })
  })

  it('lets nobody compute with a result that is not there yet', async () => {
    const order = saga('order', settings)
      .step('a', act)
      .step('b', http({ action: 'http://b/' }), { payload: ({ results }) => `${results.a.id}` })
    await expect(requestOf(order, { sku: 'x' }, { address: 'local:' })).rejects.toThrow(
      'results.a.id is not there yet when the payload is made: it can only be placed as it is',
    )
  })

  it('says nothing less than was meant, where a payload looks into a result or comes later', async () => {
    const made = (payload: (given: { results: { a: object } }) => unknown) =>
      requestOf(
        saga('order', settings)
          .step('a', act)
          .step('b', http({ action: 'http://b/' }), { payload: payload as never }),
        { sku: 'x' },
        { address: 'local:' },
      )
    await expect(made(({ results }) => ({ ...results.a, fee: 0 }))).rejects.toThrow('is not there yet')
    await expect(made(({ results }) => Object.keys(results.a))).rejects.toThrow('is not there yet')
    await expect(made(({ results }) => 'id' in results.a)).rejects.toThrow('is not there yet')
    await expect(made(async () => 1)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ path: 'b.payload', problem: expect.stringContaining('promise') }],
    })
    await expect(
      requestOf(saga('none', settings), { sku: 'x' }, { address: 'local:' }),
    ).rejects.toMatchObject({
      details: [{ path: 'definition', problem: 'none has no steps' }],
    })
  })

  it('is not made of an input that does not fit, or that would be read as a result', async () => {
    const even = saga('even', {
      version: 1,
      input: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: async (value) =>
            Number(value) % 2 === 0
              ? { value: Number(value) / 2 }
              : { issues: [{ message: 'is odd', path: ['a', { key: 0 }] }, { message: 'is all wrong' }] },
        },
      },
    }).step('a', act)
    expect(await requestOf(even, 4, { address: 'local:' })).toMatchObject({ payload: 2 })
    await expect(requestOf(even, 3, { address: 'local:' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [
        { path: 'input.a.0', problem: 'is odd' },
        { path: 'input', problem: 'is all wrong' },
      ],
    })
    const order = saga('order', settings).step('a', act)
    const sneaky = { sku: [{ $result: 'a' }] } as never
    await expect(requestOf(order, sneaky, { address: 'local:' })).rejects.toMatchObject({
      details: [{ path: 'input.sku.0.$result' }],
    })
    expect(await requestOf(order, { sku: 'the word "$result"' }, { address: 'local:' })).toBeDefined()
  })
})
