import { BODY_MAX_BYTES } from '@assent/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDoor, type TestDoor } from '../../../test/open-door.ts'

let test: TestDoor
beforeAll(async () => {
  test = await openDoor()
})
afterAll(() => test.door.close())

describe('a body', () => {
  it.each([
    ['{"gid":', 'the body is no JSON: Unexpected end of JSON input'],
    ['{"gid": 1,}', 'at position 10'],
    ['', 'the body is empty; send {}'],
    [' \n', 'the body is empty; send {}'],
    ['{} {}', 'at position 3'],
    ['NaN', 'is no JSON'],
    ["{'gid': 1}", 'is no JSON'],
  ])('%j is refused with 400 and where it stops being JSON', async (body, said) => {
    const answer = await test.raw('/api/start', body)
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
    expect(answer.body.message).toContain(said)
  })

  it('that is not UTF-8 is refused, for it would come out changed', async () => {
    const answer = await test.raw('/api/start', Buffer.from([0x22, 0xff, 0x22]))
    expect(answer).toMatchObject({ status: 400, body: { message: 'the body is not UTF-8' } })
  })

  it.each([
    '{"payload":{"__proto__":{"admin":true}}}',
    '{"payload":[{"a":{"\\u005f_proto__":1}}]}',
    '{"payload":{"constructor":{"prototype":{"admin":true}}}}',
    '{"__proto__":{"gid":"x"}}',
  ])('that could end in a prototype is refused: %s', async (body) => {
    const answer = await test.raw('/api/start', body)
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
    expect(answer.body.message).toContain('__proto__')
  })

  it('may use the words of JavaScript otherwise', async () => {
    const payload = { constructor: 'x', toString: 1, hasOwnProperty: null, prototype: {} }
    const { status, body } = await test.post('/api/start', { payload })
    expect(status).toBe(200)
    expect((await test.get(`/api/tx/${body.gid}`)).body.payload).toEqual(payload)
  })

  it('comes out as it went in', async () => {
    const payload = { '': [], ' ': { ключ: '\u0000\ud83d\ude00\u2028"\\' }, numbers: [0.1, -5e-324, 1.5e3] }
    const { body } = await test.post('/api/start', { payload })
    expect((await test.get(`/api/tx/${body.gid}`)).body.payload).toEqual(payload)
  })

  it('over the limit is refused with 413, and one at the limit is read', async () => {
    const fits = (bytes: number) => `{"payload":"${'x'.repeat(bytes - 14)}"}`
    expect((await test.raw('/api/start', fits(BODY_MAX_BYTES))).status).toBe(200)
    expect(await test.raw('/api/start', fits(BODY_MAX_BYTES + 1))).toMatchObject({
      status: 413,
      body: { code: 'PAYLOAD_TOO_LARGE', details: { max_bytes: BODY_MAX_BYTES } },
    })
  })

  it('of 100,000 branches is refused quickly, whatever is in them', async () => {
    const body = `{"branches":[${'{},'.repeat(99_999)}{}]}`
    const startedAt = performance.now()
    const answer = await test.raw('/api/tx', body)
    expect(answer).toMatchObject({
      status: 400,
      body: { details: [{ path: 'branches', problem: 'may hold at most 1000, and holds 100000' }] },
    })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('of a large body is told the first thing that is wrong, of a small one everything', async () => {
    const wrong = { gid: 'a/b', branches: 7, payload: '' }
    expect((await test.post('/api/tx', wrong)).body.details).toHaveLength(2)
    expect((await test.post('/api/tx', { ...wrong, payload: 'x'.repeat(70_000) })).body.details).toHaveLength(
      1,
    )
  })

  it.each(['{"branches":[{"payload":12345678901234567890}]}', '{"branches":[{"payload":1e999}]}'])(
    'with a number that would be rounded is refused: %s',
    async (body) => {
      const answer = await test.raw('/api/tx', body)
      expect(answer).toMatchObject({ status: 400, body: { details: [{ path: 'branches[0].payload' }] } })
    },
  )
})

describe('a header', () => {
  it.each([
    ['text/plain', 'text/plain'],
    ['application/x-www-form-urlencoded', 'x-www-form-urlencoded'],
    ['garbage', 'garbage'],
    ['application/jsonp', 'jsonp'],
  ])('content-type %s is refused with 415 and the one that is wanted', async (type, said) => {
    const answer = await test.raw('/api/start', '{}', { 'content-type': type })
    expect(answer).toMatchObject({
      status: 415,
      body: {
        code: 'UNSUPPORTED_MEDIA_TYPE',
        details: { header: 'content-type', expected: 'application/json' },
      },
    })
    expect(answer.body.message).toContain(said)
  })

  it('content-type may name a charset', async () => {
    expect(
      (await test.raw('/api/start', '{}', { 'content-type': 'application/json; charset=UTF-8' })).status,
    ).toBe(200)
  })

  it.each(['/api/start', '/api/tx', '/api/tx/x/retry', '/jsonrpc'])(
    'content-type that is missing is named: %s',
    async (url) => {
      const { statusCode, body } = await test.door.inject({ method: 'POST', url })
      expect(statusCode).toBe(415)
      expect(JSON.parse(body)).toMatchObject({
        code: 'UNSUPPORTED_MEDIA_TYPE',
        message: expect.stringContaining('content-type must be application/json, and there is none'),
      })
    },
  )

  it('content-encoding is refused, for a small body may unpack to a large one', async () => {
    expect(await test.raw('/api/start', '{}', { 'content-encoding': 'gzip' })).toMatchObject({
      status: 415,
      body: { details: { header: 'content-encoding' } },
    })
  })
})

describe('a path', () => {
  const strange = [
    'a%2Fb',
    'a%25b',
    'a%22b',
    "a'b",
    'a%00b',
    'a%0Ab',
    '%F0%9F%98%80',
    'a b'.replace(' ', '%20'),
    'x'.repeat(65),
  ]

  it.each(strange)('with the id %s is refused with 400', async (id) => {
    for (const path of [`/api/tx/${id}`, `/api/tx/${id}/events`]) {
      expect(await test.get(path)).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
    }
    expect((await test.post(`/api/tx/${id}/retry`, {})).status).toBe(400)
  })

  it('with an id of 10 kB is refused with 400', async () => {
    expect((await test.get(`/api/tx/${'x'.repeat(10_240)}`)).status).toBe(400)
  })

  it.each(['%', '%zz', '%E0%A4%A', 'a%2'])('that can not be decoded is refused with 400: %s', async (id) => {
    expect(await test.get(`/api/tx/${id}`)).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
  })

  it.each(['/', '/api', '/api/', '/api/tx/a/b', '/api/txs', '//api/tx', '/API/TX', '/api/tx/a/retry/'])(
    'that nothing answers at is 404: %s',
    async (path) => {
      expect(await test.get(path)).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } })
    },
  )

  it.each([
    ['GET', '/api/start', 'POST'],
    ['POST', '/api/tx/a', 'GET, HEAD'],
    ['PUT', '/api/tx', 'GET, HEAD, POST'],
    ['DELETE', '/api/tx/a', 'GET, HEAD'],
    ['PATCH', '/health', 'GET, HEAD'],
    ['OPTIONS', '/api/tx', 'GET, HEAD, POST'],
    ['HEAD', '/api/tx/a/events', 'GET'],
  ] as const)('with the method %s %s is 405 and names those it takes', async (method, url, allowed) => {
    const { statusCode, headers, body } = await test.door.inject({ method, url })
    expect(statusCode).toBe(405)
    expect(String(headers.allow).split(', ').sort().join(', ')).toBe(allowed)
    if (method !== 'HEAD') expect(JSON.parse(body).code).toBe('METHOD_NOT_ALLOWED')
  })

  it('takes no query parameter that it does not know, with the nearest one', async () => {
    expect((await test.get('/api/tx?limt=3')).body.details).toEqual([
      { path: 'limt', problem: 'is not known; did you mean limit?' },
    ])
    expect((await test.get('/health?deep=true')).status).toBe(400)
    expect((await test.post('/api/start?gid=x', {})).status).toBe(400)
  })
})
