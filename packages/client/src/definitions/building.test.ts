import { describe, expect, it } from 'vitest'
import type { Definition } from './definition.ts'
import { http } from './http.ts'
import { message } from './message.ts'
import { stepsBefore } from './order.ts'
import { saga } from './saga.ts'
import { unchecked } from './schema.ts'
import { tcc } from './tcc.ts'
import { xa } from './xa.ts'

const input = unchecked<null>()
const settings = { version: 1, input }
const act = { action: () => null }
/** What the types would refuse, as plain JavaScript says it. */
const untyped = (value: unknown) => value as never

describe('a definition', () => {
  it('is a value: a step more is another definition', () => {
    const one = saga('order', settings).step('a', act)
    const two = one.step('b', act)
    expect(one.steps.map(({ name }) => name)).toEqual(['a'])
    expect(two.steps.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(two).toMatchObject({ mode: 'saga', name: 'order', version: 1, input })
  })

  it.each(['', 'a/b', '.a', 'ä', 'x'.repeat(65), ' a'])('has no name such as %j', (name) => {
    expect(() => saga(name, settings)).toThrow(/is no name/)
  })

  it.each([0, -1, 1.5, Number.NaN, '1'])('has no version such as %j', (version) => {
    expect(() => saga('order', { version: untyped(version), input })).toThrow(/whole number/)
  })

  it('has steps that can be told apart in a URL', () => {
    for (const name of ['', 'a/b', 'a.b', 'x'.repeat(65)]) {
      expect(() => saga('order', settings).step(name, act)).toThrow(/must be named/)
    }
  })

  it('says which call a step lacks, and which it has too many', () => {
    expect(() => saga('order', settings).step('a', untyped({}))).toThrow('step "a" of order has no action')
    expect(() => tcc('order', settings).step('a', untyped(act))).toThrow('step "a" of order has no try')
    expect(() =>
      saga('order', settings).step(
        'a',
        untyped(http({ action: 'http://a/', confirm: 'http://a/' } as never)),
      ),
    ).toThrow('step "a" of order has a confirm, which a saga has not')
  })

  it('takes no URL that is none: an empty one would be done without a call', () => {
    for (const url of ['', 'payments/charge', undefined]) {
      const step = () => saga('order', settings).step('a', http({ action: untyped(url) }))
      expect(step).toThrow('the action of step "a" of order must be a URL, not ')
    }
    expect(() => saga('order', settings).step('a', http({ action: 'http://a/', compensate: '' }))).toThrow(
      'must be a URL',
    )
    expect(() => message('placed', { ...settings, query: '' })).toThrow('the query of placed must be a URL')
  })

  it('says what a step must be, where plain JavaScript gives something else', () => {
    expect(() => saga('order', settings).step('a', untyped(undefined))).toThrow('must be an object, or http(')
    expect(() => saga('order', settings).step('a', untyped({ action: 'http://a/' }))).toThrow(
      'must be a function; a URL is written http({ action: … })',
    )
    expect(() => saga('order', { version: 1, input: untyped(class {}) })).toThrow('must be a Standard Schema')
  })

  it('ends what an XA resource has prepared by the resource alone', () => {
    const resource = { run: () => Promise.reject(new Error('not here')) }
    const transfer: Definition = xa('transfer', settings).step('a', { resource, prepare: () => 1 })
    const functions = {
      prepare: expect.any(Function),
      commit: expect.any(Function),
      rollback: expect.any(Function),
    }
    expect(transfer.steps[0]?.calls).toEqual({ kind: 'own', barrier: resource, functions })
  })

  it('keeps the query of a message', () => {
    expect(message('placed', { ...settings, query: 'http://orders/query' }).step('a', act)).toMatchObject({
      mode: 'message',
      query: 'http://orders/query',
      steps: [{ name: 'a' }],
    })
  })
})

describe('what comes before a step', () => {
  const order = saga('order', settings)
    .step('a', act)
    .step('b', { ...act, after: [] })
    .step('c', { ...act, after: ['a'] })
    .step('d', { ...act, after: ['b'] })
    .pivot('p', act)
    .step('e', { ...act, after: [] })
    .step('f', act)

  it.each([
    ['a', []],
    ['b', []],
    ['c', ['a']],
    ['d', ['b']],
    ['p', ['a', 'b', 'c', 'd']],
    ['e', ['a', 'b', 'c', 'd', 'p']],
    ['f', ['a', 'b', 'c', 'd', 'p', 'e']],
  ])('%s: %j', (step, before) => {
    expect(stepsBefore(order, step)).toEqual(before)
  })
})
