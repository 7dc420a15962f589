import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDoor, type TestDoor } from '../../../../test/open-door.ts'
import { RPC_BATCH_MAX } from '../limits.ts'

let test: TestDoor
beforeAll(async () => {
  test = await openDoor()
})
afterAll(() => test.door.close())

const call = async (request: unknown) => (await test.post('/jsonrpc', request)).body
const ask = (method: string, params?: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', method, params, id })

describe('JSON-RPC', () => {
  it('starts, submits and aborts as the routes of the same names do', async () => {
    const started = await call(ask('start', { payload: { amount: 30 } }, 'a'))
    expect(started).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      result: { gid: expect.any(String), status: 'PREPARED', repeated: false },
    })
    const { gid } = started.result
    expect(await call(ask('submit', { gid, wait: true }))).toMatchObject({
      id: 1,
      result: { gid, status: 'COMMITTED' },
    })
    const other = (await call(ask('start'))).result.gid
    expect(await call(ask('abort', { gid: other, reason: 'no' }))).toMatchObject({
      result: { status: 'ABORTED', reason: 'no' },
    })
    expect((await call(ask('newGid'))).result.gid).toEqual(expect.any(String))
  })

  it.each([
    ['no JSON', '{', { code: -32_700 }, null],
    ['no request', '{"jsonrpc":"1.0","method":"start","id":7}', { code: -32_600 }, 7],
    ['no object', '7', { code: -32_600 }, null],
    ['an empty batch', '[]', { code: -32_600 }, null],
    ['a method that is no text', '{"jsonrpc":"2.0","method":1,"id":8}', { code: -32_600 }, 8],
    ['an unknown method', '{"jsonrpc":"2.0","method":"begin","id":9}', { code: -32_601 }, 9],
    ['a method of every object', '{"jsonrpc":"2.0","method":"constructor","id":9}', { code: -32_601 }, 9],
    [
      'params that are a list',
      '{"jsonrpc":"2.0","method":"submit","params":["g"],"id":1}',
      { code: -32_602 },
      1,
    ],
    [
      'params of other names',
      '{"jsonrpc":"2.0","method":"submit","params":{"gdi":"g"},"id":1}',
      { code: -32_602 },
      1,
    ],
    [
      'a payload that would be rounded',
      '{"jsonrpc":"2.0","method":"start","params":{"payload":1e999},"id":1}',
      { code: -32_602 },
      1,
    ],
    [
      'an unknown gid',
      '{"jsonrpc":"2.0","method":"submit","params":{"gid":"nobody"},"id":1}',
      { code: -32_000, data: { code: 'TRANSACTION_NOT_FOUND' } },
      1,
    ],
  ])('answers %s with 200 and its code', async (_what, body, error, id) => {
    expect(await test.raw('/jsonrpc', body)).toMatchObject({
      status: 200,
      body: { jsonrpc: '2.0', id, error },
    })
  })

  it('tells a fault of ours from a fault of the caller, and keeps it to itself', async () => {
    test.logged.length = 0
    test.api.fault = new Error('secret')
    const answer = await call(ask('start'))
    expect(answer.error).toMatchObject({ code: -32_000, data: { code: 'INTERNAL' } })
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect(test.logged).toMatchObject([{ err: { message: 'secret' } }])
  })

  it('answers a batch in order, and does it in order', async () => {
    const gid = 'from-a-batch'
    const answers = await call([ask('start', { gid }, 1), ask('submit', { gid }, 2), 7, ask('begin', {}, 3)])
    expect(answers).toMatchObject([
      { id: 1, result: { gid } },
      { id: 2, result: { status: 'COMMITTED' } },
      { id: null, error: { code: -32_600 } },
      { id: 3, error: { code: -32_601 } },
    ])
  })

  it('does what a notification asks, and does not answer it', async () => {
    const gid = 'notified'
    const notification = { jsonrpc: '2.0', method: 'start', params: { gid } }
    expect(await test.post('/jsonrpc', notification)).toMatchObject({ status: 204, text: '' })
    expect((await test.get(`/api/tx/${gid}`)).status).toBe(200)
    expect((await test.post('/jsonrpc', [notification, { jsonrpc: '2.0', method: 'begin' }])).status).toBe(
      204,
    )
    expect(await call([notification, ask('newGid', {}, 4)])).toMatchObject([{ id: 4 }])
  })

  it('refuses a batch that is too large', async () => {
    const batch = (size: number) => Array.from({ length: size }, (_, id) => ask('newGid', {}, id))
    expect(await call(batch(RPC_BATCH_MAX))).toHaveLength(RPC_BATCH_MAX)
    expect(await call(batch(RPC_BATCH_MAX + 1))).toMatchObject({ error: { code: -32_600 } })
  })
})
