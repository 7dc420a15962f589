import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { ongoing, Refused } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Accounts, apply, effects } from '../../test/accounts.ts'
import { sqliteBarrier } from '../barrier/sqlite/barrier.ts'
import { CALL_BODY_MAX_BYTES, type Participant } from './answer-call.ts'
import { fetchHandler } from './fetch-handler.ts'
import { nodeHandler } from './node-handler.ts'

type Database = ReturnType<Accounts['connect']>
type Serve = (request: Request) => Promise<Response>

let accounts: Accounts
const servers: Server[] = []
beforeEach(() => {
  accounts = new Accounts()
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
  accounts.close()
})

const HANDLERS: readonly [string, (participant: Participant<Database>) => Promise<Serve>][] = [
  ['fetch', async (participant) => fetchHandler(participant)],
  ['node:http', serveByNode],
]

async function serveByNode(participant: Participant<Database>): Promise<Serve> {
  const handle = nodeHandler(participant)
  const server = createServer((request, response) => void handle(request, response))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return (request) => fetch(new Request(`http://127.0.0.1:${port}/`, request))
}

function requestOf(headers: Record<string, string>, body?: string): Request {
  return new Request('http://service/', { method: 'POST', headers, ...(body === undefined ? {} : { body }) })
}

const headersOf = (op: string, more: Record<string, string> = {}) => ({
  'assent-gid': 'transfer-1',
  'assent-branch-id': '01',
  'assent-op': op,
  ...more,
})

describe.each(HANDLERS)('a service behind the %s handler', (_name, handlerOf) => {
  async function service(operations: Participant<Database>['operations'], onError = vi.fn()) {
    const database = accounts.connect()
    const barrier = sqliteBarrier(database, { busy: { attemptsMax: 1 } })
    const serve = await handlerOf({ barrier, operations, onError })
    const call = async (op: string, body?: string, more?: Record<string, string>) => {
      const response = await serve(requestOf(headersOf(op, more), body))
      const text = await response.text()
      return {
        status: response.status,
        case: response.headers.get('assent-barrier'),
        retryAfter: response.headers.get('retry-after'),
        body: text === '' ? undefined : JSON.parse(text),
      }
    }
    return { call, serve, database, onError, effects: () => effects(database) }
  }

  it('answers 200 with the result, to repeats too', async () => {
    const { call, effects } = await service({
      action: ({ payload, database }) => {
        apply(database, JSON.stringify(payload))
        return { left: 70 }
      },
    })
    const body = { left: 70 }
    expect(await call('action', '{"cents":30}')).toMatchObject({ status: 200, case: 'executed', body })
    expect(await call('action', '{"cents":30}')).toMatchObject({ status: 200, case: 'duplicate', body })
    expect(effects()).toEqual(['{"cents":30}'])
  })

  it('answers 200 without a body where there is no result', async () => {
    const { call } = await service({ action: () => {} })
    expect(await call('action')).toEqual({ status: 200, case: 'executed', retryAfter: null, body: undefined })
  })

  it('hands on what a call says, and no payload where there is no body', async () => {
    const compensate = vi.fn()
    const { call } = await service({ action: () => null, compensate })
    await call('action')
    await call('compensate', undefined, { 'assent-action-outcome': 'unknown', 'assent-attempt': '2' })
    const { call: seen, payload } = compensate.mock.calls[0]![0]
    expect(seen).toEqual({
      gid: 'transfer-1',
      branchId: '01',
      op: 'compensate',
      actionOutcome: 'unknown',
      attempt: 2,
    })
    expect(payload).toBeUndefined()
  })

  it('answers 409 with the refusal, to repeats too', async () => {
    const { call } = await service({
      try: () => {
        throw new Refused('NO_FUNDS', 'has 3', { cents: 3 })
      },
    })
    const body = { code: 'NO_FUNDS', message: 'has 3', details: { cents: 3 } }
    expect(await call('try')).toMatchObject({ status: 409, case: 'refused', body })
    expect(await call('try')).toMatchObject({ status: 409, case: 'duplicate', body })
  })

  it('answers 409 to a call that comes after its undo, and 200 to the undo', async () => {
    const business = vi.fn()
    const { call } = await service({ action: business, compensate: business })
    expect(await call('compensate')).toMatchObject({ status: 200, case: 'empty' })
    expect(await call('action')).toMatchObject({ status: 409, case: 'late', body: { code: 'LATE' } })
    expect(business).not.toHaveBeenCalled()
  })

  it('answers 202 while the call goes on, with the time that the service asks for', async () => {
    const { call } = await service({ action: () => ongoing({ retryAfterMs: 1_500 }), compensate: () => {} })
    expect(await call('action')).toMatchObject({ status: 202, case: 'ongoing', retryAfter: '2' })
    expect(await call('compensate')).toMatchObject({ status: 202, case: 'ongoing' })
  })

  it('answers 400 and names every header that is wrong, with nothing run', async () => {
    const action = vi.fn()
    const { serve } = await service({ action })
    const response = await serve(requestOf({ 'assent-gid': 'a/b', 'assent-op': 'action' }))
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      error: 'Invalid request',
      code: 'INVALID_REQUEST',
      message: 'assent-gid must be 1 to 64 of A-Z a-z 0-9 - _; assent-branch-id is missing',
      details: [
        { path: 'assent-gid', problem: 'must be 1 to 64 of A-Z a-z 0-9 - _' },
        { path: 'assent-branch-id', problem: 'is missing' },
      ],
    })
    expect(action).not.toHaveBeenCalled()
  })

  it('answers 400 to an operation that it has not, and to a body that is no JSON', async () => {
    const { call } = await service({ action: () => {} })
    expect(await call('try')).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
    expect(await call('action', '{"cents":')).toMatchObject({ status: 400 })
    expect(await call('action', '{}')).toMatchObject({ status: 200, case: 'executed' })
  })

  it('answers 413 to a body over the limit, with nothing run', async () => {
    const action = vi.fn()
    const { serve } = await service({ action })
    const body = Readable.toWeb(Readable.from([Buffer.alloc(CALL_BODY_MAX_BYTES, ' '), Buffer.from('x')]))
    const request = new Request('http://service/', {
      method: 'POST',
      headers: headersOf('action'),
      body: body as never,
      duplex: 'half',
    } as RequestInit)
    expect((await serve(request)).status).toBe(413)
    expect(action).not.toHaveBeenCalled()
  })

  it('answers 500 without a word of what failed, tells it to the service, and goes on', async () => {
    const fault = new Error('secret: the connection string')
    let failing = true
    const { call, onError } = await service({
      action: () => {
        if (failing) throw fault
      },
    })
    const answer = await call('action')
    expect(answer).toMatchObject({ status: 500, case: null, body: { code: 'INTERNAL' } })
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect(onError).toHaveBeenCalledExactlyOnceWith(fault, expect.objectContaining({ op: 'action' }))
    failing = false
    expect(await call('action')).toMatchObject({ status: 200, case: 'executed' })
  })

  it('answers 503 while the database is held by someone else', async () => {
    const { call } = await service({ action: () => {} })
    const other = accounts.connect()
    other.exec('BEGIN IMMEDIATE')
    expect(await call('action')).toMatchObject({
      status: 503,
      retryAfter: '1',
      body: { code: 'UNAVAILABLE' },
    })
    other.exec('COMMIT')
    expect(await call('action')).toMatchObject({ status: 200 })
  })
})

describe('a caller that goes away amid its request', () => {
  it('has made no call', async () => {
    const action = vi.fn()
    const barrier = sqliteBarrier(accounts.connect())
    const handle = nodeHandler({ barrier, operations: { action } })
    const handled: Promise<void>[] = []
    const server = createServer((request, response) => void handled.push(handle(request, response)))
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const headers = { ...headersOf('action'), 'content-length': '100' }
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers })
    request.on('error', () => {})
    request.write('{"cents":')
    await vi.waitFor(() => expect(handled).toHaveLength(1))
    request.destroy()
    await handled[0]
    expect(action).not.toHaveBeenCalled()
  })
})
