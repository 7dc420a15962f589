import 'reflect-metadata'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ongoing, Refused } from '@assent/contract'
import { type MiddlewareConsumer, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import { type FastifyInstance, fastify } from 'fastify'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Accounts, apply, effects } from '../../test/accounts.ts'
import { signedHeaders } from '../../test/signing.ts'
import { sqliteBarrier } from '../barrier/sqlite/barrier.ts'
import { CALL_BODY_MAX_BYTES, type Participant } from './answer-call.ts'
import { expressHandler } from './express.ts'
import { fastifyHandler } from './fastify.ts'
import { honoHandler } from './hono.ts'
import { nestMiddleware } from './nest.ts'
import { nodeHandler } from './node-handler.ts'
import type { HandlerOptions } from './received.ts'
import type { Service } from './service.ts'

type Database = ReturnType<Accounts['connect']>
type Ask = (request: Request) => Promise<Response>
/** Serves at /assent/…, and answers how to ask it. */
type Framework = (service: Service<Database>, options?: HandlerOptions) => Promise<Ask>

const SECRET = 'the-secret-of-today'

let accounts: Accounts
const cleanUp: (() => unknown)[] = []
beforeEach(() => {
  accounts = new Accounts()
})
afterEach(async () => {
  for (const each of cleanUp.splice(0)) await each()
  accounts.close()
})

async function listen(listener: RequestListener): Promise<Ask> {
  const server = createServer(listener)
  cleanUp.push(() => server.close().closeAllConnections())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return askAt(server)
}

function askAt(server: Server): Ask {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return async (request) => {
    const { method, headers, signal } = request
    // As a text, which is sent with its length, as the coordinator does.
    const body = request.body === null ? null : await request.text()
    return fetch(origin + new URL(request.url).pathname, { method, headers, signal, body })
  }
}

function inExpress(before: (app: express.Express) => void): Framework {
  return async (service, options) => {
    const app = express()
    before(app)
    app.use('/assent', expressHandler(service, options))
    return listen(app)
  }
}

function inFastify(before: (app: FastifyInstance) => void): Framework {
  return async (service, options) => {
    const app = fastify({ forceCloseConnections: true })
    before(app)
    app.post('/assent/*', { bodyLimit: CALL_BODY_MAX_BYTES }, fastifyHandler(service, options))
    cleanUp.push(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    return askAt(app.server)
  }
}

function inHono(before: (app: Hono) => void): Framework {
  return async (service, options) => {
    const app = new Hono()
    before(app)
    app.post('/assent/*', honoHandler(service, options))
    return async (request) => app.fetch(request)
  }
}

/** As `@Module({})` would; decorators are more than stripping types can do. */
function inNest(adapter: () => ExpressAdapter | FastifyAdapter): Framework {
  return async (service, options) => {
    class ServiceModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(nestMiddleware(service, options)).forRoutes('assent/*path')
      }
    }
    Module({})(ServiceModule)
    const app = await NestFactory.create(ServiceModule, adapter(), {
      logger: false,
      forceCloseConnections: true,
    })
    if ('useBodyParser' in app && app.getHttpAdapter() instanceof ExpressAdapter) {
      ;(app.useBodyParser as (type: string, options: object) => void)('json', { limit: CALL_BODY_MAX_BYTES })
    }
    cleanUp.push(() => app.close())
    await app.listen(0, '127.0.0.1')
    return askAt(app.getHttpServer())
  }
}

const FRAMEWORKS: readonly [string, Framework][] = [
  ['node:http', (service, options) => listen((...asked) => void nodeHandler(service, options)(...asked))],
  ['Express', inExpress(() => {})],
  [
    'Express behind express.json()',
    inExpress((app) => app.use(express.json({ limit: CALL_BODY_MAX_BYTES }))),
  ],
  [
    'Express behind express.raw()',
    inExpress((app) => app.use(express.raw({ type: '*/*', limit: CALL_BODY_MAX_BYTES }))),
  ],
  ['Fastify', inFastify(() => {})],
  [
    'Fastify that leaves the body unread',
    inFastify((app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', (_request, _body, done) => done(null))
    }),
  ],
  [
    'Fastify that keeps the text',
    inFastify((app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    }),
  ],
  ['Hono', inHono(() => {})],
  [
    'Hono behind what reads the body',
    inHono((app) =>
      app.use(async (context, next) => {
        await context.req.text()
        await next()
      }),
    ),
  ],
  ['NestJS on Express', inNest(() => new ExpressAdapter())],
  ['NestJS on Fastify', inNest(() => new FastifyAdapter({ bodyLimit: CALL_BODY_MAX_BYTES }))],
]

const HEADERS = { 'assent-gid': 'transfer-1', 'assent-branch-id': '01', 'assent-op': 'action' }

function requestOf(body: string | undefined, headers: Record<string, string> = HEADERS): Request {
  return new Request('http://service/assent/withdraw', {
    method: 'POST',
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  })
}

describe.each(FRAMEWORKS)('a service in %s', (name, framework) => {
  async function service(action: Participant<Database>['operations']['action'], options?: HandlerOptions) {
    const database = accounts.connect()
    const onError = vi.fn()
    const barrier = sqliteBarrier(database)
    const ask = await framework({ barrier, operations: { action: action! }, onError }, options)
    const call = async (body?: string, headers?: Record<string, string>) => {
      const response = await ask(requestOf(body, headers))
      const text = await response.text()
      return {
        status: response.status,
        type: response.headers.get('content-type'),
        retryAfter: response.headers.get('retry-after'),
        body: text === '' ? undefined : JSON.parse(text),
      }
    }
    return { call, ask, onError, effects: () => effects(database) }
  }

  it('does what a call asks for once, and answers with its result', async () => {
    const { call, effects } = await service(({ payload, database }) => {
      apply(database, JSON.stringify(payload))
      return { left: 70, for: 'Zoë' }
    })
    const type = expect.stringMatching(/^application\/json/)
    const answer = { status: 200, type, body: { left: 70, for: 'Zoë' } }
    expect(await call('{"cents":30,"to":"Zoë"}')).toMatchObject(answer)
    expect(await call('{"cents":30,"to":"Zoë"}')).toMatchObject(answer)
    expect(effects()).toEqual(['{"cents":30,"to":"Zoë"}'])
  })

  it.each(['"5"', '"text"', '""', '[]', 'null', '5'])('takes %s for what it is', async (body) => {
    if (!/[[{]/.test(body) && /json\(\)|NestJS on Express/.test(name)) return // express.json() takes objects and lists only
    const payloads: unknown[] = []
    const { call } = await service(({ payload }) => void payloads.push(payload))
    await call(body)
    expect(payloads).toEqual([JSON.parse(body)])
  })

  it('answers a call without a body', async () => {
    const payloads: unknown[] = []
    const { call } = await service(({ payload }) => void payloads.push(payload))
    expect(await call()).toMatchObject({ status: 200, body: undefined })
    expect(payloads).toEqual([undefined])
  })

  it('refuses with 409, and what it says of it', async () => {
    const { call } = await service(() => {
      throw new Refused('NO_FUNDS', 'has 3', { cents: 3 })
    })
    const body = { code: 'NO_FUNDS', message: 'has 3', details: { cents: 3 } }
    expect(await call('{}')).toMatchObject({ status: 409, body })
  })

  it('says with 202 that a call goes on, and when to ask again', async () => {
    const { call } = await service(() => ongoing({ retryAfterMs: 1_500 }))
    expect(await call('{}')).toMatchObject({ status: 202, retryAfter: '2', body: undefined })
  })

  it('answers 500 without a word of what failed', async () => {
    const fault = new Error('the connection string')
    const { call, onError } = await service(() => {
      throw fault
    })
    const answer = await call('{}')
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } })
    expect(JSON.stringify(answer)).not.toContain('connection string')
    expect(onError).toHaveBeenCalledExactlyOnceWith(fault, expect.anything())
  })

  it('refuses a body that is too large with 413, and does nothing', async () => {
    const action = vi.fn()
    const { ask } = await service(action)
    const response = await ask(requestOf(`"${'x'.repeat(CALL_BODY_MAX_BYTES)}"`)).catch(() => undefined)
    // A connection that is closed while the body is still on its way may swallow the answer.
    if (response !== undefined) expect(response.status).toBe(413)
    expect(action).not.toHaveBeenCalled()
  })

  it('takes a body of the size that a call may have', async () => {
    const lengths: number[] = []
    const { call } = await service(({ payload }) => void lengths.push(JSON.stringify(payload).length))
    const body = JSON.stringify({ text: 'x'.repeat(CALL_BODY_MAX_BYTES - 100) })
    expect(await call(body)).toMatchObject({ status: 200 })
    expect(lengths).toEqual([body.length])
  })

  it('does what is signed with its secret, and nothing else', async () => {
    const action = vi.fn(() => ({ done: true }))
    const { call } = await service(action, { verified: { secret: SECRET } })
    const body = '{"cents":30,"to":"Zoë","rate":1.10e2,"1":[]}'
    const written = JSON.stringify(JSON.parse(body))
    const signed = signedHeaders(
      HEADERS,
      { target: '/assent/withdraw', body: written },
      { secrets: [SECRET] },
    )
    const refused = { status: 503, body: { code: 'NOT_VERIFIED' } }
    expect(await call(written)).toMatchObject(refused)
    expect(await call('{"cents":3000}', signed)).toMatchObject(refused)
    expect(await call(written, { ...signed, 'assent-gid': 'transfer-2' })).toMatchObject(refused)
    expect(action).not.toHaveBeenCalled()
    expect(await call(written, signed)).toMatchObject({ status: 200 })
    const empty = signedHeaders(
      { ...HEADERS, 'assent-gid': 'empty' },
      { target: '/assent/withdraw', body: '' },
      { secrets: [SECRET] },
    )
    expect(await call(undefined, empty)).toMatchObject({ status: 200 })
    expect(action).toHaveBeenCalledTimes(2)
  })

  it('can be a handler of many, which is told path, headers, body, and when the caller goes away', async () => {
    let arrived: Request | undefined
    const gone = vi.fn()
    const ask = await framework(async (request) => {
      arrived = request
      if (request.url.endsWith('/fail')) throw new Error('a fault of the handler')
      if (!request.url.endsWith('/hang'))
        return Response.json({ got: await request.text() }, { status: 202, headers: { 'retry-after': '3' } })
      return new Promise((resolve) => {
        request.signal.addEventListener('abort', () => {
          gone()
          resolve(new Response())
        })
      })
    })
    const at = (path: string, init: RequestInit = {}) =>
      new Request(`http://service/assent/${path}`, { method: 'POST', ...init })
    const response = await ask(
      at('order/1/ship', {
        headers: { 'assent-gid': 'g', 'x-other': 'kept', 'content-type': 'application/json' },
        body: '{"a":1}',
      }),
    )
    expect([response.status, response.headers.get('retry-after')]).toEqual([202, '3'])
    expect(await response.json()).toEqual({ got: '{"a":1}' })
    expect(new URL(arrived!.url).pathname).toBe('/assent/order/1/ship')
    expect([arrived!.method, arrived!.headers.get('assent-gid'), arrived!.headers.get('x-other')]).toEqual([
      'POST',
      'g',
      'kept',
    ])
    arrived = undefined
    const leaving = new AbortController()
    const hanging = ask(at('hang', { signal: leaving.signal })).catch(() => {})
    await vi.waitFor(() => expect(arrived).toBeDefined())
    leaving.abort()
    await vi.waitFor(() => expect(gone).toHaveBeenCalled())
    await hanging
  })
})
