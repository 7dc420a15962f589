import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ongoing, Refused } from '@assent/contract'
import { BarrierUnavailable } from '@assent/participant'
import { expect, it, vi } from 'vitest'
import type { ServedCall, ServedFunction } from './call.ts'
import { serving } from './handler.ts'

const HEADERS = {
  'assent-gid': 'order-17',
  'assent-branch-id': 'ship',
  'assent-op': 'action',
  'assent-mode': 'saga',
  'assent-phase': 'one',
  'assent-attempt': '3',
  'idempotency-key': 'order-17/ship/action',
}

function serve(run: ServedFunction, more: object = {}) {
  const onError = vi.fn()
  const functions = new Map([
    ['order/1/ship', run],
    ['order/1', run],
  ])
  const { handler, close } = serving({ functions, path: '/assent', onError, ...more })
  const call = async (
    body?: string,
    {
      path = '/assent/order/1/ship',
      headers = HEADERS as object,
      signal = undefined as AbortSignal | undefined,
    } = {},
  ) => {
    const request = new Request(`http://orders:3000${path}`, {
      method: 'POST',
      headers: headers as Record<string, string>,
      ...(body === undefined ? {} : { body }),
      ...(signal && { signal }),
    })
    const response = await handler(request)
    const text = await response.text()
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      omitted: response.headers.get('assent-result'),
      body: text === '' ? undefined : JSON.parse(text),
    }
  }
  return { call, close, onError }
}

it('a call runs the function of its path with what it carries, and is answered with the result', async () => {
  const run = vi.fn(async (_call: ServedCall) => ({ parcel: 7, at: new Date(0) }) as never)
  const { call } = serve(run)
  const body = { parcel: 7, at: '1970-01-01T00:00:00.000Z' }
  expect(await call('{"payload":{"sku":"a"}}')).toEqual({
    status: 200,
    retryAfter: null,
    omitted: null,
    body,
  })
  expect(run.mock.calls[0]?.[0]).toMatchObject({
    gid: 'order-17',
    branchId: 'ship',
    op: 'action',
    mode: 'saga',
    phase: 'one',
    attempt: 3,
    body: { payload: { sku: 'a' } },
    headers: { 'idempotency-key': 'order-17/ship/action' },
    signal: expect.any(AbortSignal),
  })
})

it('a query of a message runs the function of its definition', async () => {
  const run = vi.fn(async (_call: ServedCall) => undefined)
  const headers = { 'assent-gid': 'order-17', 'assent-op': 'query', 'assent-phase': 'query' }
  const { call } = serve(run)
  expect(await call(undefined, { path: '/assent/order/1', headers })).toMatchObject({
    status: 200,
    body: undefined,
  })
  expect(run.mock.calls[0]?.[0]).toMatchObject({
    gid: 'order-17',
    op: 'query',
    mode: 'message',
    phase: 'query',
  })
  expect(run.mock.calls[0]?.[0]).not.toHaveProperty('branchId')
})

it('a refusal is told with what it says', async () => {
  const { call, onError } = serve(async () => {
    throw new Refused('OUT_OF_STOCK', 'none left', { sku: 'a' })
  })
  expect(await call('{}')).toMatchObject({
    status: 409,
    body: { code: 'OUT_OF_STOCK', message: 'none left', details: { sku: 'a' } },
  })
  expect(onError).not.toHaveBeenCalled()
})

it('what goes on elsewhere is told with when to ask again', async () => {
  expect(await serve(async () => ongoing({ retryAfterMs: 2_500 })).call('{}')).toMatchObject({
    status: 202,
    retryAfter: '3',
  })
  expect(await serve(async () => ongoing()).call('{}')).toMatchObject({ status: 202, retryAfter: null })
})

it('whatever else is thrown or returned as an error is told to the service, and to no caller', async () => {
  const fault = new Error('the connection string')
  const ways: ServedFunction[] = [
    async () => {
      throw fault
    },
    () => {
      throw fault
    },
    async () => fault as never,
  ]
  for (const way of ways) {
    const { call, onError } = serve(way)
    const answer = await call('{}')
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } })
    expect(JSON.stringify(answer)).not.toContain('connection string')
    expect(onError).toHaveBeenCalledExactlyOnceWith(fault, expect.objectContaining({ branchId: 'ship' }))
  }
})

it('a database that is away is told as such', async () => {
  const { call } = serve(async () => {
    throw new BarrierUnavailable('the database is busy')
  })
  expect(await call('{}')).toMatchObject({ status: 503, retryAfter: '1', body: { code: 'UNAVAILABLE' } })
})

it('a result that JSON can not say is left out, for the work was done, and is not taken for none', async () => {
  const { call, onError } = serve(async () => 1n as never)
  expect(await call('{}')).toMatchObject({ status: 200, body: undefined, omitted: 'omitted' })
  expect(onError).toHaveBeenCalledOnce()
  expect(await serve(async () => undefined).call('{}')).toMatchObject({ status: 200, omitted: null })
})

it('a refusal stays one, whatever its details are, and a fault one, whoever is told of it', async () => {
  const refuse: ServedFunction = async () => {
    throw new Refused('POOR', 'has 3', { cents: 3n } as never)
  }
  const refused = await serve(refuse).call('{}')
  expect(refused).toMatchObject({ status: 409, body: { code: 'POOR', message: 'has 3' } })
  const onError = () => {
    throw new Error('the log is full')
  }
  const fail: ServedFunction = () => Promise.reject(new Error('no'))
  expect(await serve(fail, { onError }).call('{}')).toMatchObject({ status: 500 })
})

it.each([
  '/assent/order/2/ship',
  '/assent/order/1/pay',
  '/assent/order',
  '/assent/',
  '/assent',
  '/other/order/1/ship',
  '/',
  '/assentorder/1/ship',
])('a step that is not registered is never refused, but waits: %s', async (path) => {
  const run = vi.fn(async () => null)
  const answer = await serve(run).call('{}', { path })
  expect(answer).toMatchObject({ status: 503, retryAfter: '5', body: { code: 'DEFINITION_MISSING' } })
  expect(run).not.toHaveBeenCalled()
})

it('a call that is none is answered with what is wrong, and runs nothing', async () => {
  const run = vi.fn(async () => null)
  const { call } = serve(run)
  const { 'assent-gid': _gid, ...headers } = HEADERS
  expect(await call('{}', { headers })).toMatchObject({
    status: 400,
    body: { details: [{ path: 'assent-gid' }] },
  })
  const { 'assent-mode': _mode, ...modeless } = HEADERS
  expect(await call('{}', { headers: modeless })).toMatchObject({
    status: 400,
    body: { details: [{ path: 'assent-mode' }] },
  })
  expect(await call('{')).toMatchObject({ status: 400, body: { details: [{ path: 'body' }] } })
  expect(run).not.toHaveBeenCalled()
})

it('a call without the signature that is asked for runs nothing, and is no refusal', async () => {
  const run = vi.fn(async () => null)
  const { call } = serve(run, { verified: { secret: 'the-secret-of-today' } })
  expect(await call('{}')).toMatchObject({ status: 503, body: { code: 'NOT_VERIFIED' } })
  expect(run).not.toHaveBeenCalled()
})

it('a function is signalled when the coordinator goes away, and when the service closes', async () => {
  const signals: AbortSignal[] = []
  const run: ServedFunction = ({ signal }) => {
    signals.push(signal)
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const { call, close } = serve(run)
  const leaving = new AbortController()
  const left = call('{}', { signal: leaving.signal })
  await vi.waitFor(() => expect(signals).toHaveLength(1))
  leaving.abort()
  expect(await left).toMatchObject({ status: 500 })
  const closed = call('{}')
  await vi.waitFor(() => expect(signals).toHaveLength(2))
  expect(signals[1]?.aborted).toBe(false)
  close()
  expect(await closed).toMatchObject({ status: 500 })
  expect(await call('{}')).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } })
  expect(signals).toHaveLength(2)
})

it('thousands of calls leave nothing behind', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { call } = serve(async ({ signal }) => {
    signal.addEventListener('abort', () => {})
    return null
  })
  const heapAfter = async (calls: number) => {
    for (let made = 0; made < calls; made += 1) await call('{}')
    // What is collected only weakly goes with the turn after.
    for (let turn = 0; turn < 3; turn += 1) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return process.memoryUsage().heapUsed
  }
  const before = await heapAfter(2_000)
  const after = await heapAfter(10_000)
  expect((after - before) / 10_000).toBeLessThan(500)
})
