import type { IncomingHttpHeaders } from 'node:http'
import { httpOutcome, type Phase } from '@assent/contract'
import { systemClock } from '@assent/coordinator'
import type { Transport } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callTo, NEVER } from '../../test/calls.ts'
import { answerJson, bodyOf, type HttpParticipant, startHttp } from '../../test/http-participant.ts'
import { CONNECTIONS_PER_ORIGIN } from './limits.ts'
import { http } from './transport.ts'

interface Received {
  method: string | undefined
  path: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

let transport: Transport
let participant: HttpParticipant
let received: Received[]

beforeEach(async () => {
  transport = http({ clock: systemClock })
  received = []
  participant = await startHttp(async (request, response) => {
    const { method, url: path, headers } = request
    received.push({ method, path, headers, body: await bodyOf(request) })
    const status = Number(path?.split('/')[2] ?? 200)
    if (status === 307) response.setHeader('location', '/followed')
    if (status === 204 || status === 304) response.writeHead(status).end()
    else answerJson(response, status, { message: `said ${status}` })
  })
})

afterEach(async () => {
  await transport.close()
  await participant.close()
})

const call = (path = '/debit', given = {}) => transport.call(callTo(participant.origin + path, given), NEVER)

describe('a call over HTTP', () => {
  it('posts the body as JSON to path and query, with the headers of the call', async () => {
    const body = { amount: 30, to: 'Zoë', none: null }
    await call('/debit?x=1', { body, headers: { 'assent-gid': 'g1', 'X-Tenant': 'a' } })
    const [request] = received
    expect(request).toMatchObject({ method: 'POST', path: '/debit?x=1' })
    expect(JSON.parse(request!.body)).toEqual(body)
    expect(request!.headers).toMatchObject({
      'assent-gid': 'g1',
      'x-tenant': 'a',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(JSON.stringify(body))),
    })
  })

  it('asks for no compressed answer', async () => {
    await call()
    expect(received[0]!.headers).not.toHaveProperty('accept-encoding')
  })

  it('leaves the content type to the headers of the call, however they are written', async () => {
    await call('/debit', { headers: { 'Content-Type': 'application/vnd.bank+json' } })
    expect(received[0]!.headers['content-type']).toBe('application/vnd.bank+json')
  })

  it('sends no body and no content type where the call has none', async () => {
    await call('/debit', { body: undefined })
    expect(received[0]).toMatchObject({ body: '' })
    expect(received[0]!.headers).not.toHaveProperty('content-type')
    await call('/debit', { body: null })
    expect(received[1]).toMatchObject({ body: 'null' })
  })

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('may be a %s', async (method) => {
    expect(await call('/debit', { method })).toMatchObject({ outcome: 'done' })
    expect(received[0]).toMatchObject({ method })
  })

  it('may be a HEAD, whose answer announces a body that never comes', async () => {
    const large = await startHttp((_request, response) => response.setHeader('content-length', 1e9).end())
    const answer = await transport.call(callTo(large.origin, { method: 'HEAD', body: undefined }), NEVER)
    expect(answer).toEqual({ kind: 'answered', outcome: 'done', status: 200 })
    await large.close()
  })

  it('sends the user name of a URL as an authorization, unless the call has one', async () => {
    const url = `${participant.origin.replace('//', '//user:secret@')}/debit`
    await transport.call(callTo(url), NEVER)
    expect(received[0]!.headers.authorization).toBe(`Basic ${btoa('user:secret')}`)
    await transport.call(callTo(url, { headers: { Authorization: 'Bearer t' } }), NEVER)
    expect(received[1]!.headers.authorization).toBe('Bearer t')
  })
})

describe('every cell of the outcome table', () => {
  const STATUSES = [
    200, 201, 202, 204, 299, 300, 304, 307, 400, 401, 404, 408, 409, 422, 425, 429, 451, 500, 503,
  ]
  const PHASES: Phase[] = ['one', 'two', 'query']

  it.each(STATUSES)('reads a %i in each phase', async (status) => {
    for (const phase of PHASES) {
      const answer = await call(`/say/${status}`, { phase })
      expect(answer).toMatchObject({ kind: 'answered', status, outcome: httpOutcome(status, phase) })
    }
  })

  it('hands on result and refusal', async () => {
    expect(await call('/say/200')).toMatchObject({ outcome: 'done', result: { message: 'said 200' } })
    expect(await call('/say/409')).toMatchObject({ outcome: 'refused', refusal: { message: 'said 409' } })
    expect(await call('/say/503')).toMatchObject({ outcome: 'unknown', error: 'answered 503: said 503' })
  })

  it('follows no redirect', async () => {
    await call('/say/307')
    expect(received.map(({ path }) => path)).toEqual(['/say/307'])
  })

  it('waits for the final answer behind early hints', async () => {
    const hinting = await startHttp((_request, response) => {
      response.writeEarlyHints({ link: '</style.css>' })
      response.writeProcessing()
      answerJson(response, 409, { code: 'POOR' })
    })
    const answer = await transport.call(callTo(hinting.origin), NEVER)
    expect(answer).toMatchObject({ outcome: 'refused', status: 409, refusal: { code: 'POOR' } })
    await hinting.close()
  })
})

describe('a call that can not be sent', () => {
  const expectUnsent = async (given: object, error: RegExp): Promise<void> => {
    const answer = await call('/debit', given)
    expect(answer).toMatchObject({
      kind: 'answered',
      outcome: 'unknown',
      error: expect.stringMatching(error),
    })
    expect(received).toEqual([])
  }

  it.each(['', 'bank', 'http://', 'http://[::1', 'ftp://bank.example/', 'local:debit', 'http://bank\u0000/'])(
    'is unknown for the URL %j',
    (url) => expectUnsent({ url }, /is no http or https URL/),
  )

  it('is unknown for headers that would inject others', async () => {
    await expectUnsent({ headers: { 'x-note': 'a\r\nassent-op: confirm' } }, /can not be sent.*x-note/)
    await expectUnsent({ headers: { 'x note\r\n': 'a' } }, /can not be sent.*header/)
  })

  it('is unknown for headers that belong to the connection', async () => {
    await expectUnsent({ headers: { 'transfer-encoding': 'chunked' } }, /can not be sent/)
    await expectUnsent({ headers: { 'content-length': '3' } }, /can not be sent/)
    await expectUnsent({ headers: { expect: '100-continue' } }, /can not be sent/)
    await expectUnsent({ headers: { upgrade: 'websocket' } }, /can not be sent/)
  })

  it('is unknown for a method that is none', async () => {
    await expectUnsent({ method: 'PO ST' }, /can not be sent/)
    await expectUnsent({ method: '' }, /can not be sent/)
  })

  it('never opens the circuit breaker, and takes no place from the next, however many there are', async () => {
    for (let time = 0; time < CONNECTIONS_PER_ORIGIN * 2; time++)
      await expectUnsent({ headers: { upgrade: 'websocket' } }, /sent/)
    expect(await call()).toMatchObject({ outcome: 'done' })
  })

  it('does not exhaust the stack when thousands that wait for a connection can not be sent either', async () => {
    const single = http({ clock: systemClock, connectionsPerOrigin: 1 })
    const unsent = callTo(participant.origin, { headers: { upgrade: 'websocket' } })
    const first = single.call(callTo(participant.origin), NEVER)
    const answers = await Promise.all(Array.from({ length: 9_000 }, () => single.call(unsent, NEVER)))
    expect(await first).toMatchObject({ outcome: 'done' })
    expect(new Set(answers.map((answer) => answer.kind === 'answered' && answer.outcome))).toEqual(
      new Set(['unknown']),
    )
    await single.close()
  })

  it('leads nowhere by CONNECT', async () => {
    expect(await call('/debit', { method: 'CONNECT' })).toMatchObject({ outcome: 'unknown' })
  })
})

describe('the list of origins that may be called', () => {
  it('keeps a call to any other from being made', async () => {
    const listed = http({ clock: systemClock, allow: ['http://bank.example'] })
    expect(await listed.call(callTo(participant.origin), NEVER)).toEqual({
      kind: 'answered',
      outcome: 'unknown',
      error: `${participant.origin} is none of the origins that may be called`,
    })
    expect(received).toEqual([])
    await listed.close()
  })

  it('lets a call to a listed one through', async () => {
    const listed = http({ clock: systemClock, allow: [participant.origin] })
    expect(await listed.call(callTo(`${participant.origin}/debit`), NEVER)).toMatchObject({ outcome: 'done' })
    await listed.close()
  })

  it('is refused at once if an entry is no origin', () => {
    expect(() => http({ clock: systemClock, allow: ['bank.example'] })).toThrow(TypeError)
  })
})
