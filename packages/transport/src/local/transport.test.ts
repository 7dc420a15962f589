import { JSON_DEPTH_MAX, type Json, ongoing, RESULT_MAX_BYTES, Refused } from '@assent/contract'
import type { Call, CallAnswer, Transport } from '@assent/engine'
import { beforeEach, describe, expect, it } from 'vitest'
import { callTo, NEVER } from '../../test/calls.ts'
import { HandClock } from '../../test/hand-clock.ts'
import { DEFINITION_RETRY_MS } from '../answers.ts'
import type { LocalFunction, LocalRequest } from './function.ts'
import { LOCAL_GRACE_MS } from './limits.ts'
import { local } from './transport.ts'

const TIMEOUT_MS = 30_000

let clock: HandClock
let functions: Map<string, LocalFunction>
let transport: Transport

beforeEach(() => {
  clock = new HandClock()
  functions = new Map()
  transport = local(functions, { clock })
})

function call(run: unknown, given: Partial<Call> = {}, signal = NEVER): Promise<CallAnswer> {
  functions.set('debit', run as LocalFunction)
  return transport.call(callTo('local:debit', { timeoutMs: TIMEOUT_MS, ...given }), signal)
}

const answerOf = (run: unknown, given: Partial<Call> = {}) => call(run, given)
const done = (more = {}) => ({ kind: 'answered', outcome: 'done', ...more })
const unknown = (error: unknown) => ({ kind: 'answered', outcome: 'unknown', error })

describe('a local function', () => {
  it('is told what a participant elsewhere would be told', async () => {
    let request: LocalRequest | undefined
    await call((received: LocalRequest) => {
      request = received
    })
    expect(request).toEqual({
      gid: 'transfer-1',
      branchId: 'debit',
      op: 'action',
      mode: 'saga',
      phase: 'one',
      attempt: 1,
      body: { amount: 30 },
      headers: callTo('').headers,
      signal: expect.any(AbortSignal),
      timeoutMs: TIMEOUT_MS,
    })
  })

  it('sees neither branch nor body where the call has none', async () => {
    let request: LocalRequest | undefined
    const run = (received: LocalRequest): void => {
      request = received
    }
    await call(run, { branchId: undefined, body: undefined, op: 'query', phase: 'query' })
    expect(request).not.toHaveProperty('branchId')
    expect(request).not.toHaveProperty('body')
  })

  it('is done with what it returns, or what its promise resolves with', async () => {
    expect(await answerOf(() => ({ balance: 70 }))).toEqual(done({ result: { balance: 70 } }))
    expect(await answerOf(async () => [1])).toEqual(done({ result: [1] }))
    expect(await answerOf(() => null)).toEqual(done({ result: null }))
    expect(await answerOf(() => {})).toEqual(done())
  })

  it('returns what JSON would have carried', async () => {
    const date = new Date('2026-03-01T12:00:00Z')
    const returned = { date, none: undefined, list: [undefined], big: Number.NaN, map: new Map([[1, 2]]) }
    expect(await answerOf(() => returned)).toEqual(
      done({ result: { date: '2026-03-01T12:00:00.000Z', list: [null], big: null, map: {} } }),
    )
    expect(await answerOf(() => () => {})).toEqual(done())
  })

  it('keeps no hand on what it returned', async () => {
    const returned = { balance: 70 }
    const answer = await answerOf(() => returned)
    returned.balance = 0
    expect(answer).toEqual(done({ result: { balance: 70 } }))
  })

  it('is done without a result that JSON can not say, because its work is done', async () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const toJSON = (): never => {
      throw new Error('no')
    }
    for (const value of [circle, 1n, { toJSON }]) {
      expect(await answerOf(() => value)).toEqual(
        done({ resultOmitted: true, error: expect.stringMatching(/^the result is no JSON: /) }),
      )
    }
  })

  it('is done without a result that is too long or nests too deep', async () => {
    expect(await answerOf(() => 'x'.repeat(RESULT_MAX_BYTES))).toEqual(done({ resultOmitted: true }))
    let deep: Json = 1
    for (let level = 0; level <= JSON_DEPTH_MAX; level++) deep = [deep]
    expect(await answerOf(() => deep)).toEqual(done({ resultOmitted: true }))
  })

  it('refuses by throwing Refused, at once or later', async () => {
    const refusal = { code: 'POOR', message: 'too little', details: { balance: 3 } }
    const refuse = (): never => {
      throw new Refused('POOR', 'too little', { balance: 3 })
    }
    expect(await answerOf(refuse)).toEqual({ kind: 'answered', outcome: 'refused', refusal })
    expect(await answerOf(async () => refuse())).toMatchObject({ outcome: 'refused', refusal })
  })

  it('refuses by a Refused of another copy of the contract, too', async () => {
    const foreign = Object.assign(new Error('too little'), { name: 'Refused', code: 'POOR' })
    expect(await answerOf(() => Promise.reject(foreign))).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'POOR', message: 'too little' },
    })
  })

  it('refuses without the details that JSON can not say', async () => {
    const refused = new Refused('POOR', 'too little', 1n as unknown as Json)
    expect(await answerOf(() => Promise.reject(refused))).toMatchObject({
      refusal: { code: 'POOR', message: 'too little' },
    })
  })

  it('has not succeeded if it returns an error instead of throwing it', async () => {
    expect(await answerOf(() => new Refused('POOR'))).toMatchObject({ outcome: 'refused' })
    expect(await answerOf(() => new Error('disk full'))).toEqual(unknown('disk full'))
  })

  it('is ongoing when it says so, and may say when to ask again', async () => {
    expect(await answerOf(() => ongoing())).toEqual({ kind: 'answered', outcome: 'ongoing' })
    expect(await answerOf(async () => ongoing({ retryAfterMs: 500 }))).toEqual({
      kind: 'answered',
      outcome: 'ongoing',
      retryAfterMs: 500,
    })
    for (const [retryAfterMs, kept] of [
      [0.2, { retryAfterMs: 1 }],
      [-5, { retryAfterMs: 0 }],
      [Number.NaN, {}],
      [Number.POSITIVE_INFINITY, {}],
    ] as const) {
      expect(await answerOf(() => ongoing({ retryAfterMs }))).toEqual({
        kind: 'answered',
        outcome: 'ongoing',
        ...kept,
      })
    }
  })

  it('is unknown for anything else that it throws, told by its message alone', async () => {
    const throwing = (thrown: unknown) => () => {
      throw thrown
    }
    expect(await answerOf(throwing(new Error('disk full')))).toEqual(unknown('disk full'))
    expect(await answerOf(throwing(new TypeError()))).toEqual(unknown('TypeError'))
    expect(await answerOf(throwing('a text'))).toEqual(unknown('a text'))
    expect(await answerOf(throwing(new Error('x'.repeat(10_000))))).toEqual(unknown(`${'x'.repeat(500)}…`))
    expect(await answerOf(throwing(undefined))).toEqual(unknown('something was thrown that is no error'))
    expect(await answerOf(throwing(Object.create(null)))).toMatchObject({ outcome: 'unknown' })
  })
})

describe('a function that is not registered', () => {
  const missing = { kind: 'held', reason: 'DEFINITION_MISSING', retryAfterMs: DEFINITION_RETRY_MS }

  it('is not called: the call is held until it is', async () => {
    expect(await transport.call(callTo('local:bank/credit-2.0_x'), NEVER)).toEqual(missing)
    functions.set('bank/credit-2.0_x', () => 'now')
    expect(await transport.call(callTo('local:bank/credit-2.0_x'), NEVER)).toEqual(done({ result: 'now' }))
  })

  it('can not be named by anything but letters, digits and / . _ -', async () => {
    for (const name of ['', '/debit', '../x', 'a b', 'a?b', 'a\n', 'ä']) {
      functions.set(name, () => 'called')
      expect(await transport.call(callTo(`local:${name}`), NEVER)).toEqual(missing)
    }
  })
})

describe('a function that takes too long', () => {
  it('is signalled when the time of the call is over, and told why', async () => {
    let signal: AbortSignal | undefined
    const answer = call((request: LocalRequest) => {
      signal = request.signal
      return new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal?.reason)),
      )
    })
    await clock.pass(TIMEOUT_MS - 1)
    expect(signal?.aborted).toBe(false)
    await clock.pass(1)
    expect(signal?.aborted).toBe(true)
    expect(await answer).toEqual(unknown(`no answer within ${TIMEOUT_MS} ms`))
    expect(clock.pending).toBe(0)
  })

  it('is waited for: what it did counts if it settles within the grace', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const answer = call(() => promise)
    await clock.pass(TIMEOUT_MS + LOCAL_GRACE_MS - 1)
    resolve('finished')
    expect(await answer).toEqual(done({ result: 'finished' }))
    expect(clock.pending).toBe(0)
  })

  it('and never settles is unknown after the grace, because every wait ends', async () => {
    const { promise, reject } = Promise.withResolvers<string>()
    const answer = call(() => promise)
    await clock.pass(TIMEOUT_MS + LOCAL_GRACE_MS)
    expect(await answer).toEqual(unknown(expect.stringMatching(/^still running 5000 ms after its 30000 ms/)))
    reject(new Error('far too late to matter'))
    await clock.pass(1)
    expect(clock.pending).toBe(0)
  })
})

describe('a call that is called off', () => {
  it('signals the function and waits for what it says', async () => {
    const controller = new AbortController()
    const { promise, resolve } = Promise.withResolvers<string>()
    let request: LocalRequest | undefined
    let isAnswered = false
    const run = (received: LocalRequest): Promise<string> => {
      request = received
      return promise
    }
    const answer = call(run, {}, controller.signal).finally(() => {
      isAnswered = true
    })
    controller.abort()
    expect(request?.signal.aborted).toBe(true)
    expect(request?.signal.reason).toMatchObject({ message: expect.stringMatching(/^called off/) })
    await clock.pass(TIMEOUT_MS)
    expect(isAnswered).toBe(false)
    resolve('done before it noticed')
    expect(await answer).toEqual(done({ result: 'done before it noticed' }))
  })

  it('ends, too, if the function never settles', async () => {
    const controller = new AbortController()
    const answer = call(() => new Promise(() => {}), {}, controller.signal)
    controller.abort()
    await clock.pass(TIMEOUT_MS + LOCAL_GRACE_MS)
    expect(await answer).toMatchObject({ outcome: 'unknown' })
  })

  it('before the function was called does not call it', async () => {
    let isCalled = false
    const answer = await call(() => (isCalled = true), {}, AbortSignal.abort())
    expect(answer).toMatchObject({ outcome: 'unknown', error: expect.stringMatching(/not run/) })
    expect(isCalled).toBe(false)
  })
})
