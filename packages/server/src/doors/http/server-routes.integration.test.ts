import { ERRORS } from '@assent/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDoor, type TestDoor } from '../../../test/open-door.ts'
import type { BrokerHealth } from '../door.ts'

let test: TestDoor
beforeAll(async () => {
  test = await openDoor()
})
afterAll(() => test.door.close())

describe('GET /health', () => {
  it('says what the store answered, and when', async () => {
    const { status, headers, body } = await test.get('/health')
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      version: '1.2.3',
      database: true,
      redis: null,
      store: { kind: 'sqlite', healthy: true, latency_ms: 0.25 },
    })
  })

  it.each([
    ['postgres', false, { database: false, redis: null }],
    ['redis', false, { database: null, redis: false }],
    ['redis', true, { database: null, redis: true }],
    ['memory', true, { database: null, redis: null }],
  ])('names what is used: %s, healthy %s', async (kind, healthy, flags) => {
    Object.assign(test.health, { kind, healthy })
    expect(await test.get('/health')).toMatchObject({
      status: healthy ? 200 : 503,
      body: { status: healthy ? 'healthy' : 'unhealthy', ...flags },
    })
    Object.assign(test.health, { kind: 'sqlite', healthy: true })
  })
})

describe('GET /ready', () => {
  it('names durability that was given up', async () => {
    test.health.weaknesses = ['synchronous=OFF']
    expect(await test.get('/ready')).toMatchObject({
      status: 200,
      body: { status: 'ready', store: { kind: 'sqlite', healthy: true, weaknesses: ['synchronous=OFF'] } },
    })
    test.health.weaknesses = []
  })

  it('is 503 while the store does not answer, and says which store and why', async () => {
    Object.assign(test.health, { kind: 'postgres', healthy: false, reason: 'connect ECONNREFUSED' })
    expect(await test.get('/ready')).toMatchObject({
      status: 503,
      body: {
        status: 'not_ready',
        reason: 'the store postgres does not answer: connect ECONNREFUSED',
        store: { kind: 'postgres', healthy: false },
      },
    })
    expect((await test.get('/live')).status).toBe(200)
    Object.assign(test.health, { kind: 'sqlite', healthy: true, reason: undefined })
  })

  it('is 503 while the store answers and the coordinator has no lease on it', async () => {
    test.atWork.value = false
    expect(await test.get('/ready')).toMatchObject({
      status: 503,
      body: { reason: 'the coordinator has no lease on the store sqlite yet', store: { healthy: true } },
    })
    test.atWork.value = true
  })
})

describe('a message broker', () => {
  it('is named where one is configured, and makes no server unready while it is away', async () => {
    const kafka: BrokerHealth = {
      kind: 'kafka',
      healthy: false,
      reason: 'no broker answered',
      latencyMs: 2_000,
    }
    const { door, get } = await openDoor({}, { broker: async () => kafka })
    const broker = { kind: 'kafka', healthy: false, reason: 'no broker answered', latency_ms: 2_000 }
    expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'healthy', broker } })
    expect(await get('/ready')).toMatchObject({ status: 200, body: { status: 'ready', broker } })
    await door.close()
    expect((await test.get('/ready')).body).not.toHaveProperty('broker')
  })
})

it('GET /errors explains every code, and help of every error leads there', async () => {
  const { body } = await test.get('/errors')
  expect(body.map(({ code }: { code: string }) => code)).toEqual(Object.keys(ERRORS))
  expect((await test.get('/errors/conflict')).body).toMatchObject({ code: 'CONFLICT', http: 409 })
  expect((await test.get('/errors/nonsense')).status).toBe(404)
})

it('GET /metrics is Prometheus text', async () => {
  const { status, headers, text } = await test.get('/metrics')
  expect([status, headers['content-type'], text]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    '# no metrics\n',
  ])
})

/** The API as it is promised: every row of its table. */
const ROUTES = [
  'POST /api/start',
  'POST /api/branch/add',
  'POST /api/branch/try',
  'POST /api/branch/confirm',
  'POST /api/branch/cancel',
  'POST /api/branch/succeed',
  'POST /api/branch/fail',
  'POST /api/submit',
  'POST /api/abort',
  'POST /api/tx',
  'GET /api/tx/{gid}',
  'GET /api/tx',
  'POST /api/tx/{gid}/retry',
  'POST /api/tx/{gid}/resolve',
  'POST /api/tx/ended',
  'GET /api/tx/{gid}/events',
  'POST /jsonrpc',
  'GET /health',
  'GET /ready',
  'GET /live',
  'GET /metrics',
]

describe('GET /openapi.json', () => {
  it.each(ROUTES)('describes %s with what it takes, answers and refuses', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const { body } = await test.get('/openapi.json')
    const operation = body.paths[path]?.[method.toLowerCase()]
    expect(operation?.summary).toEqual(expect.any(String))
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '500', '503']))
    const refusal = operation.responses['400'].content['application/json'].schema
    expect(refusal).toEqual({ $ref: '#/components/schemas/Error' })
    if (method === 'POST') expect(operation.requestBody.content['application/json'].schema).toBeDefined()
  })

  it('describes nothing else but errors, and refers to nothing that is not there', async () => {
    const { body, text } = await test.get('/openapi.json')
    const described = Object.entries<object>(body.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const others = described.filter((route) => !ROUTES.includes(route) && !route.startsWith('HEAD'))
    expect(others.sort()).toEqual(['GET /errors', 'GET /errors/{code}'])
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
    expect(new Set(names)).toEqual(new Set(Object.keys(body.components.schemas)))
  })

  it('is shown to people at /docs', async () => {
    expect(await test.get('/docs')).toMatchObject({
      status: 200,
      text: expect.stringContaining('Swagger UI'),
    })
  })
})
