import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { DEFAULT_OPTIONS, isAssentError, type TransactionView } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HttpApi, type HttpApiOptions, httpApi } from './http-api.ts'

type Answer = (response: ServerResponse, asked: Asked) => void

interface Asked {
  method: string | undefined
  path: string | undefined
  headers: IncomingMessage['headers']
  body: { gid?: string; wait?: number }
}

/** What answers next; the last one goes on answering. */
let answers: Answer[]
let asked: Asked[]
let url: string
let close: () => void
const opened: HttpApi[] = []

beforeEach(async () => {
  asked = []
  answers = []
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { method, url: path, headers } = request
    const it: Asked = { method, path, headers, body: text === '' ? {} : JSON.parse(text) }
    asked.push(it)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    answer?.(response, it)
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
})
afterEach(() => {
  for (const api of opened.splice(0)) api.close()
  close()
})

function open(options: Partial<HttpApiOptions> = {}): HttpApi {
  const api = httpApi({ url, ...options })
  opened.push(api)
  return api
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
const standing = (status: string, more: object = {}): Answer => {
  return (response, { body }) =>
    json(201, { gid: body.gid, status, repeated: false, ...more })(response, {} as Asked)
}
const page = (status: number, headers: Record<string, string> = {}): Answer => {
  return (response) =>
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<h1>Oops\n</h1>')
}
const refusal = (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  json(status, { error: 'Title', code, message: 'because', help: '/errors' }, headers)
const cut: Answer = (response) => response.destroy()
const cutBody: Answer = (response) => {
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' })
  response.write('{"gid":', () => response.destroy())
}
const silent: Answer = () => {}
const committed = standing('COMMITTED')

const thrownBy = (promise: Promise<unknown>): Promise<Error & { code?: string; details?: object }> =>
  promise.then(
    () => expect.unreachable('it was answered'),
    (thrown) => thrown,
  )

describe.each([
  ['node:http', {}],
  ['a given fetch', { fetch }],
])('a request whose answer got lost, by %s', (_way, how) => {
  it.each([
    ['the connection is cut', cut],
    ['the body is cut', cutBody],
    [
      'JSON ends too early',
      (response) => response.setHeader('content-type', 'application/json').end('{"gid":'),
    ],
    ['a proxy says 502', page(502)],
    ['a proxy says 504', page(504)],
    ['a proxy fails', page(500)],
    ['the store is away', refusal(503, 'STORE_UNAVAILABLE')],
    ['too many ask', refusal(429, 'RATE_LIMIT_EXCEEDED')],
  ] as [string, Answer][])('is asked again with the same gid when %s', async (_what, lost) => {
    answers = [lost, lost, committed]
    expect(await open(how).run({ branches: [] })).toMatchObject({ status: 'COMMITTED' })
    expect(asked).toHaveLength(3)
    expect(new Set(asked.map(({ body }) => body.gid)).size).toBe(1)
    expect(asked[0]?.body.gid).toMatch(/-7/)
  })

  it('is asked again after as long as the server says', async () => {
    answers = [refusal(503, 'STORE_UNAVAILABLE', { 'retry-after': '1' }), committed]
    const began = performance.now()
    await open(how).start({})
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
  })

  it('is given up in time, and says that nobody knows', async () => {
    answers = [cut]
    const thrown = await thrownBy(open({ ...how, timeoutMs: 1_000 }).start({ gid: 'lost' }))
    expect(isAssentError(thrown)).toBe(true)
    expect(thrown).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: { gid: 'lost', attempts: asked.length },
    })
    expect(thrown.message).toMatch(
      /^no answer from http.*it may have been kept or not: repeat it with the same gid$/,
    )
    expect(thrown.cause).toBeInstanceOf(Error)
    expect(asked.length).toBeGreaterThan(1)
  })

  it('is given up when nothing comes at all', async () => {
    answers = [silent]
    const thrown = await thrownBy(open({ ...how, timeoutMs: 200 }).get({ gid: 'g' }))
    expect(thrown).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(thrown.message).toMatch(/nothing within \d+ ms$/)
  })

  it('tells the word of the server when that was the last', async () => {
    answers = [refusal(429, 'RATE_LIMIT_EXCEEDED')]
    const thrown = await thrownBy(open({ ...how, timeoutMs: 100 }).start({}))
    expect(thrown).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', message: 'because' })
  })

  it('ends when the connection is closed', async () => {
    answers = [silent]
    const api = open(how)
    const waiting = thrownBy(api.start({}))
    await expect.poll(() => asked.length).toBe(1)
    api.close()
    expect(await waiting).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await thrownBy(api.start({}))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

describe('an answer that is none of ours', () => {
  it.each([
    ['a page', page(200), 'HTTP 200, "<h1>Oops </h1>"'],
    ['a page that was not found', page(404), 'HTTP 404, "<h1>Oops </h1>"'],
    ['a page that asks for a password', page(401), 'HTTP 401'],
    [
      'a redirect',
      page(302, { location: 'http://login.example/' }),
      'a redirect to http://login.example/, which is not followed',
    ],
    ['somebody else’s JSON', json(200, { hello: 'world' }), 'gid is not one of'],
    ['half of what was asked for', json(200, { gid: 'g' }), 'status is not one of PREPARED'],
    [
      'a status that there is not',
      json(200, { gid: 'g', status: 'DONE', repeated: true }),
      'status is not one of',
    ],
    [
      'an answer about another transaction',
      json(200, { gid: 'h', status: 'COMMITTED', repeated: true }),
      'gid is not',
    ],
    ['a list', json(200, []), 'the answer is not an object'],
    ['nothing', (response) => response.writeHead(200).end(), 'the answer is not an object'],
    ['an error of somebody else', json(403, { code: 'FORBIDDEN' }), 'HTTP 403'],
  ] as [string, Answer, string][])(
    'is not believed, and not asked for again: %s',
    async (_what, answer, says) => {
      answers = [answer]
      const thrown = await thrownBy(open().start({ gid: 'g' }))
      expect(thrown).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(thrown.message).toContain('what answers is no Assent server')
      expect(thrown.message).toContain(says)
      expect(asked).toHaveLength(1)
    },
  )

  it('is told apart from a fault of the server, which is told at once', async () => {
    answers = [refusal(500, 'INTERNAL')]
    expect(await thrownBy(open().start({}))).toMatchObject({ code: 'INTERNAL', message: 'because' })
    answers = [refusal(418, 'A_CODE_OF_TOMORROW')]
    expect(await thrownBy(open().start({}))).toMatchObject({ code: 'A_CODE_OF_TOMORROW' })
    expect(asked).toHaveLength(2)
  })
})

describe('a wait', () => {
  it('is asked in parts, which proxies let live', async () => {
    answers = [standing('SUBMITTED'), standing('COMMITTING'), committed]
    const ended = await open().run({ gid: 'g', branches: [], waitMs: 600_000 })
    expect(ended.status).toBe('COMMITTED')
    expect(asked.map(({ body }) => body.wait)).toEqual([30_000, 30_000, 30_000])
  })

  it('that a proxy cuts is asked again until its time is over, and hears first where things stand', async () => {
    let isOver = false
    answers = [
      (response, it) => {
        if (it.body.wait === undefined || isOver) standing(isOver ? 'COMMITTED' : 'SUBMITTED')(response, it)
        else cut(response, it)
      },
    ]
    const running = open({ timeoutMs: 200 }).submit({ gid: 'g', waitMs: 600_000 })
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBeGreaterThan(6)
    isOver = true
    expect(await running).toMatchObject({ status: 'COMMITTED' })
    const waits = asked.map(({ body }) => body.wait)
    expect(waits.slice(0, 5)).toEqual([30_000, undefined, 15_000, undefined, 7_500])
  })

  it('tells what it heard last when its time is over, though nobody answers any more', async () => {
    answers = [standing('SUBMITTED'), cut]
    const waited = await open().submit({ gid: 'g', waitMs: 1_000 })
    expect(waited).toMatchObject({ status: 'SUBMITTED' })
    expect(asked.length).toBeGreaterThan(1)
  })

  it('does not ask in a hurry a server that answers before time', async () => {
    answers = [standing('SUBMITTED')]
    await open().submit({ gid: 'g', waitMs: 500 })
    expect(asked.length).toBeLessThan(8)
  })
})

describe('a stream of events', () => {
  const view: TransactionView = {
    gid: 'g',
    mode: 'saga',
    labels: {},
    status: 'PREPARED',
    options: DEFAULT_OPTIONS,
    createdAt: 1,
    updatedAt: 2,
    branches: [],
  }
  const wire = (status: string) => {
    const { createdAt, updatedAt, options, ...same } = view
    return { ...same, status, options: wireOptions, created_at: createdAt, updated_at: updatedAt }
  }
  const wireOptions = Object.fromEntries(
    Object.entries(DEFAULT_OPTIONS).map(([name, value]) => [
      name.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`),
      value,
    ]),
  )
  const event = (version: number, status: string) =>
    `id: ${version}\ndata: ${JSON.stringify(wire(status))}\n\n`
  const stream = (text: string, then: (response: ServerResponse) => void): Answer => {
    return (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(text, () => then(response))
    }
  }
  const broken = (text: string): Answer => stream(text, (response) => response.destroy())
  const whole = (text: string): Answer => stream(text, (response) => response.end('event: end\ndata: {}\n\n'))
  const seen = async (api: HttpApi, after?: number) => {
    const states: string[] = []
    for await (const { version, transaction } of api.events({
      gid: 'g',
      ...(after === undefined ? {} : { after }),
    })) {
      states.push(`${version} ${transaction.status}`)
    }
    return states
  }

  it('that breaks off is resumed behind the last state that came whole', async () => {
    const amid = event(3, 'SUBMITTED')
    answers = [
      broken(
        `: still here\n\n${event(1, 'PREPARED')}${event(2, 'SUBMITTED')}${amid.slice(0, amid.length / 2)}`,
      ),
      page(502),
      broken(event(3, 'COMMITTING')),
      whole(event(4, 'COMMITTED')),
    ]
    expect(await seen(open())).toEqual(['1 PREPARED', '2 SUBMITTED', '3 COMMITTING', '4 COMMITTED'])
    expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2', '3'])
  })

  it('is over when the end was seen before', async () => {
    answers = [(response) => response.writeHead(204).end()]
    expect(await seen(open(), 4)).toEqual([])
    expect(asked[0]?.headers['last-event-id']).toBe('4')
  })

  it('that was quiet for long is resumed all the same', async () => {
    const quiet = stream(event(1, 'PREPARED'), (response) => setTimeout(() => response.destroy(), 1_300))
    answers = [quiet, whole(event(2, 'COMMITTED'))]
    expect(await seen(open({ timeoutMs: 1_000 }))).toEqual(['1 PREPARED', '2 COMMITTED'])
  })

  it('is given up when nobody answers any more', async () => {
    answers = [broken(event(1, 'PREPARED')), cut]
    expect(await thrownBy(seen(open({ timeoutMs: 300 })))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is not believed when it holds something else', async () => {
    for (const text of [
      'id: 1\ndata: {"gid":"g"}\n\n',
      'id: 1\ndata: <h1>\n\n',
      event(1, 'PREPARED').slice(5),
    ]) {
      answers = [whole(text)]
      expect(await thrownBy(seen(open()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
    expect(asked).toHaveLength(3)
  })

  it('throws what the server refuses with', async () => {
    answers = [refusal(404, 'TRANSACTION_NOT_FOUND')]
    expect(await thrownBy(seen(open()))).toMatchObject({ code: 'TRANSACTION_NOT_FOUND' })
    expect(asked).toHaveLength(1)
  })

  it('ends with an error when the connection is closed', async () => {
    answers = [stream(event(1, 'PREPARED'), () => {})]
    const api = open()
    const reading = thrownBy(seen(api))
    await expect.poll(() => asked.length).toBe(1)
    api.close()
    expect(await reading).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

describe('a connection', () => {
  it('sends its headers and keeps the path of its URL', async () => {
    answers = [committed]
    const api = open({ url: `${url.replace('//', '//user:p%40ss@')}/behind/`, headers: { 'X-Tenant': 'a' } })
    await api.run({ branches: [], actor: 'alice' })
    const [request] = asked
    expect(request).toMatchObject({ method: 'POST', path: '/behind/api/tx' })
    expect(request?.headers).toMatchObject({
      'x-tenant': 'a',
      'assent-actor': 'alice',
      authorization: `Basic ${btoa('user:p@ss')}`,
      'content-type': 'application/json',
    })
  })

  it('is refused at once for a URL or a header that is none', () => {
    expect(() => open({ url: 'assent:36789' })).toThrow(TypeError)
    expect(() => open({ url: 'nowhere' })).toThrow(TypeError)
    expect(() => open({ headers: { 'a b': 'c' } })).toThrow(TypeError)
  })
})
