import { type HttpApi, httpApi } from '@assent/client'
import { type BranchRequest, isEnded, type RunRequest, type TransactionView } from '@assent/contract'
import type { Server } from '@assent/server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMemoryServer } from '../../test/memory-server.ts'
import { type Participant, startParticipant } from '../../test/participant.ts'

let server: Server
let participant: Participant
const opened: HttpApi[] = []

beforeAll(async () => {
  server = await startMemoryServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  participant = await startParticipant()
})
afterEach(() => {
  for (const api of opened.splice(0)) api.close()
  participant.close()
})

const WAYS = [
  ['node:http', {}],
  ['a given fetch', { fetch }],
] as const

describe.each(WAYS)('the API of a server, by %s', (_way, how) => {
  const open = (): HttpApi => {
    const api = httpApi({ url: server.url, ...how })
    opened.push(api)
    return api
  }
  const url = (path: string): string => participant.url + path
  const saga = (...paths: string[]): RunRequest => ({
    branches: paths.map((path, index) => ({ branchId: `b${index}`, action: url(path) })),
  })

  it('runs a transaction to its end, and says whether it had been accepted before', async () => {
    const api = open()
    const request = { gid: api.newGid(), ...saga('/a', '/b'), waitMs: 10_000 }
    const results = { b0: {}, b1: {} }
    const first = await api.run(request)
    expect(first).toEqual({ gid: request.gid, status: 'COMMITTED', repeated: false, results })
    expect(await api.run(request)).toEqual({ ...first, repeated: true })
    expect(participant.calls.sort()).toEqual(['/a', '/b'])
  })

  it('gives a gid to what has none', async () => {
    const api = open()
    const { gid } = await api.run({ ...saga('/a'), waitMs: 10_000 })
    expect(gid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect((await api.start({})).gid).not.toBe(gid)
    expect(await api.get({ gid })).toMatchObject({ gid, status: 'COMMITTED' })
  })

  it('tells why a transaction was aborted', async () => {
    const api = open()
    const refusal = { code: 'POOR', message: 'has 3', details: { camelCase: 3 } }
    participant.answers('/no', 409, 0, refusal)
    const gid = api.newGid()
    expect(await api.run({ gid, ...saga('/no'), waitMs: 10_000 })).toEqual({
      gid,
      status: 'ABORTED',
      repeated: false,
      reason: 'BRANCH_REFUSED',
      failedBranch: 'b0',
      refusal,
    })
    expect(await api.get({ gid })).toMatchObject({ refusal, branches: [{ refusal, status: 'FAILED' }] })
  })

  it('says every field of a request as it was meant, and reads every one of the answer', async () => {
    const api = open()
    const gid = api.newGid()
    const branch: Required<Omit<BranchRequest, 'drivenBy' | 'reads' | OtherModes>> = {
      branchId: 'all',
      action: url('/all'),
      compensate: url('/undo'),
      after: ['first'],
      pivot: false,
      payload: { undoPayload: 'a name of the user', list: [1, null] },
      undoPayload: null,
      envelope: true,
      headers: { 'x-tenant': 'a' },
      method: 'PUT',
      timeoutMs: 5_000,
      retry: { intervalMs: 10, maxIntervalMs: 20, maxAttempts: 3 },
    }
    const options = {
      timeoutToFailMs: 9_000,
      abandonAfterMs: 8_000,
      requestTimeoutMs: 7_000,
      retryIntervalMs: 60,
      retryMaxIntervalMs: 600,
      attentionAfterMs: 5_000,
      parallelism: 3,
      order: 'sequential',
      headers: { 'x-all': 'b' },
    } as const
    const start = { name: 'transfer', version: 3, labels: { camelCase: 'kept' }, payload: { aB: 1 } }
    const branches = [{ branchId: 'first', action: url('/first') }, branch]
    await api.run({ gid, mode: 'saga', ...start, options, branches, waitMs: 10_000 })
    const view = await api.get({ gid })
    const attempts = [
      { op: 'action', at: expect.any(Number), durationMs: expect.any(Number), outcome: 'done', status: 200 },
    ]
    expect(view).toEqual({
      gid,
      mode: 'saga',
      ...start,
      options,
      status: 'COMMITTED',
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
      branches: [
        expect.objectContaining({
          branchId: 'first',
          drivenBy: 'coordinator',
          status: 'SUCCEED',
          result: {},
          attempts,
        }),
        {
          ...branch,
          drivenBy: 'coordinator',
          op: 'action',
          status: 'SUCCEED',
          result: {},
          attempts,
          attemptCount: 1,
        },
      ],
    } satisfies TransactionView)
  })

  it.each([
    ['tcc', { action: '/try', confirm: '/confirm', cancel: '/cancel' }],
    ['xa', { action: '/prepare', commit: '/commit', rollback: '/rollback' }],
  ] as const)('says every call of a branch in mode %s', async (mode, paths) => {
    const api = open()
    const gid = api.newGid()
    const urls = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, url(path)]))
    await api.run({ gid, mode, branches: [{ branchId: 'b', ...urls }], waitMs: 10_000 })
    expect((await api.get({ gid })).branches[0]).toMatchObject(urls)
  })

  it('drives a transaction branch by branch', async () => {
    const api = open()
    const gid = api.newGid()
    expect(await api.start({ gid, mode: 'tcc' })).toEqual({ gid, status: 'PREPARED', repeated: false })
    expect(await api.start({ gid, mode: 'tcc' })).toEqual({ gid, status: 'PREPARED', repeated: true })
    const tried = { branchId: 'tried', action: url('/try'), confirm: url('/confirm') }
    expect(await api.tryBranch({ gid, branch: tried })).toEqual({
      outcome: 'done',
      status: 'SUCCEED',
      result: {},
    })
    const told = { branchId: 'told', drivenBy: 'application', action: url('/x'), confirm: url('/y') } as const
    const accepted = { gid, branchId: 'told', status: 'PREPARED', repeated: false }
    expect(await api.addBranch({ gid, branch: told })).toEqual(accepted)
    expect(await api.addBranch({ gid, branch: told })).toEqual({ ...accepted, repeated: true })
    const report = { gid, branchId: 'told', op: 'try', outcome: 'done', result: { seat: 1 } } as const
    expect(await api.reportBranch(report)).toEqual({ ...accepted, status: 'SUCCEED' })
    expect(await api.reportBranch(report)).toEqual({ ...accepted, status: 'SUCCEED', repeated: true })
    expect(await api.confirmBranch({ gid, branchId: 'tried' })).toEqual({
      gid,
      branchId: 'tried',
      status: expect.stringMatching(/^COMMITT/),
      branchStatus: 'CONFIRMED',
      op: 'confirm',
      result: {},
      open: false,
    })
    expect(await api.get({ gid, waitMs: 10_000 })).toMatchObject({ status: 'COMMITTED' })
  })

  it('cancels by a branch, reports a refusal, submits and aborts', async () => {
    const api = open()
    const [cancelled, aborted, submitted] = [api.newGid(), api.newGid(), api.newGid()]
    const branch = { branchId: 'b', action: url('/try'), cancel: url('/cancel') }
    await api.start({ gid: cancelled, mode: 'tcc' })
    await api.tryBranch({ gid: cancelled, branch })
    const standing = await api.cancelBranch({ gid: cancelled, branchId: 'b' })
    expect(standing).toMatchObject({ branchStatus: 'COMPENSATED', open: false })

    await api.start({ gid: aborted, mode: 'tcc' })
    await api.addBranch({ gid: aborted, branch: { ...branch, drivenBy: 'application' } })
    const refusal = { gid: aborted, branchId: 'b', outcome: 'refused', reason: 'sold out' } as const
    expect(await api.reportBranch(refusal)).toMatchObject({ status: 'FAILED' })
    expect(await api.abort({ gid: aborted, reason: 'no seat', waitMs: 10_000 })).toMatchObject({
      status: 'ABORTED',
      reason: 'no seat',
    })

    await api.start({ gid: submitted })
    await api.addBranch({ gid: submitted, branch: { branchId: 'b', action: url('/a') } })
    expect(await api.submit({ gid: submitted, waitMs: 10_000 })).toMatchObject({
      status: 'COMMITTED',
      repeated: false,
    })
    expect(await api.submit({ gid: submitted })).toMatchObject({ status: 'COMMITTED', repeated: true })
  })

  it('says of an open call that it is open', async () => {
    const api = open()
    const gid = api.newGid()
    participant.answers('/later', 202)
    participant.answers('/stuck', 503)
    const branch = { branchId: 'b', action: url('/later'), cancel: url('/stuck') }
    await api.start({ gid, mode: 'tcc' })
    expect(await api.tryBranch({ gid, branch })).toEqual({ outcome: 'ongoing', status: 'ONGOING' })
    expect(await api.cancelBranch({ gid, branchId: 'b' })).toMatchObject({ status: 'ABORTING', open: true })
    const resolution = { gid, branchId: 'b', op: 'cancel', outcome: 'done', reason: 'looked it up' } as const
    expect(await api.retry({ gid, branchId: 'b', actor: 'alice' })).toMatchObject({ gid, status: 'ABORTING' })
    expect(await api.resolve({ ...resolution, actor: 'alice' })).toMatchObject({ gid, repeated: false })
    expect(await api.resolve(resolution)).toMatchObject({ repeated: true })
    const { status, branches } = await api.get({ gid, waitMs: 10_000 })
    expect(status).toBe('ABORTED')
    expect(branches[0]?.attempts).toContainEqual(
      expect.objectContaining({ by: 'alice@127.0.0.1', error: 'looked it up' }),
    )
  })

  it('shows what waits for attention', async () => {
    const api = open()
    const gid = api.newGid()
    participant.answers('/no', 409)
    participant.answers('/never', 503)
    const branches = [
      { branchId: 'done', action: url('/a'), compensate: url('/never') },
      { branchId: 'no', action: url('/no'), after: ['done'] },
    ]
    await api.run({ gid, branches, options: { attentionAfterMs: 1 } })
    await expect
      .poll(() => api.get({ gid }))
      .toMatchObject({
        attention: {
          branchId: 'done',
          op: 'compensate',
          reason: expect.any(String),
          since: expect.any(Number),
        },
        failedBranch: 'no',
      })
    const page = await api.list({ attention: true, limit: 1_000 })
    expect(page.transactions.map((transaction) => transaction.gid)).toContain(gid)
    participant.answers('/never', 200)
    await api.retry({ gid })
    expect(await api.get({ gid, waitMs: 10_000 })).toMatchObject({ status: 'ABORTED' })
  })

  it('lists page by page, by every filter', async () => {
    const api = open()
    const name = api.newGid()
    const before = Date.now()
    const gids: string[] = []
    for (const index of [1, 2, 3]) {
      const labels = { 'a.b': `x:${index % 2}` }
      gids.unshift(
        (await api.run({ gid: `${name}-${index}`, name, labels, ...saga('/a'), waitMs: 10_000 })).gid,
      )
    }
    const first = await api.list({ name, limit: 2 })
    expect(first.transactions.map(({ gid }) => gid)).toEqual(gids.slice(0, 2))
    const second = await api.list({ name, limit: 2, cursor: first.nextCursor! })
    expect(second.transactions.map(({ gid }) => gid)).toEqual(gids.slice(2))
    expect(second).not.toHaveProperty('nextCursor')
    const all = {
      status: 'COMMITTED',
      mode: 'saga',
      name,
      attention: false,
      gidPrefix: name,
      offset: 1,
    } as const
    const times = { createdAfter: before - 60_000, createdBefore: before + 60_000 }
    expect((await api.list({ ...all, ...times })).transactions).toHaveLength(2)
    const labelled = await api.list({ name, label: { key: 'a.b', value: 'x:1' } })
    expect(labelled.transactions.map(({ gid }) => gid)).toEqual([gids[0], gids[2]])
    expect((await api.list({ name, createdBefore: 1 })).transactions).toEqual([])
  })

  it('says which transactions have ended', async () => {
    const api = open()
    const [ended, open_] = [api.newGid(), api.newGid()]
    await api.run({ gid: ended, ...saga('/a'), waitMs: 10_000 })
    await api.start({ gid: open_ })
    expect(await api.ended([ended, open_, 'never-heard-of'])).toEqual({
      ended: [{ gid: ended, status: 'COMMITTED', endedAt: expect.any(Number) }],
      unknown: ['never-heard-of'],
    })
  })

  it('tells the durable states until the end, and resumes behind a version', async () => {
    const api = open()
    const gid = api.newGid()
    await api.start({ gid })
    const seen: [number, string][] = []
    const watching = (async () => {
      for await (const { version, transaction } of api.events({ gid }))
        seen.push([version, transaction.status])
    })()
    await expect.poll(() => seen.length).toBe(1)
    await api.submit({ gid })
    await watching
    expect(seen[0]).toEqual([1, 'PREPARED'])
    expect(seen.at(-1)?.[1]).toBe('COMMITTED')
    const last = seen.at(-1)![0]
    const rest: string[] = []
    for await (const { transaction } of api.events({ gid, after: last - 1 })) rest.push(transaction.status)
    expect(rest).toEqual(['COMMITTED'])
    for await (const state of api.events({ gid, after: last })) expect.unreachable(JSON.stringify(state))
  })

  it('stops telling states when the reader says so', async () => {
    const api = open()
    const gid = api.newGid()
    await api.start({ gid })
    const stop = new AbortController()
    const seen: string[] = []
    for await (const { transaction } of api.events({ gid, signal: stop.signal })) {
      seen.push(transaction.status)
      stop.abort()
    }
    expect(seen).toEqual(['PREPARED'])
    for await (const state of api.events({ gid, signal: stop.signal }))
      expect.unreachable(JSON.stringify(state))
    for await (const { transaction } of api.events({ gid })) {
      expect(isEnded(transaction.status)).toBe(false)
      break
    }
  })

  it('throws what the server refuses with: code, message and details', async () => {
    const api = open()
    const gid = api.newGid()
    participant.answers('/no', 409)
    const branch = { branchId: 'b', action: url('/no') }
    await api.start({ gid, mode: 'tcc' })
    const nested = { branches: [{ branchId: 'a', after: ['b'] }] }
    const key = { gid, branchId: 'missing' }
    const told = { ...key, outcome: 'done' } as const
    const large = { payload: 'x'.repeat(2 ** 20) }
    const refusals: [() => Promise<unknown>, object][] = [
      [
        () => api.run(nested),
        { code: 'INVALID_REQUEST', details: [{ path: 'a.after', problem: expect.any(String) }] },
      ],
      [() => api.get({ gid: 'none' }), { code: 'TRANSACTION_NOT_FOUND' }],
      [() => api.get({ gid: '..' }), { code: 'INVALID_REQUEST' }],
      [() => api.retry({ gid: 'a/b' }), { code: 'INVALID_REQUEST' }],
      [() => api.submit({ gid: 'none' }), { code: 'TRANSACTION_NOT_FOUND' }],
      [() => api.confirmBranch(key), { code: 'BRANCH_NOT_FOUND', details: { gid, branch_id: 'missing' } }],
      [() => api.reportBranch(told), { code: 'BRANCH_NOT_FOUND' }],
      [() => api.start({ gid, mode: 'xa' }), { code: 'CONFLICT', details: { gid } }],
      [() => api.start(large), { code: 'PAYLOAD_TOO_LARGE' }],
      [() => api.start({ actor: 'Zoë' } as never), { code: 'INVALID_REQUEST' }],
      [() => api.start({ payload: 1n } as never), { code: 'INVALID_REQUEST' }],
      [() => api.start({ unheardOf: 1 } as never), { code: 'INVALID_REQUEST' }],
      [
        () => api.tryBranch({ gid, branch }),
        { code: 'BRANCH_REFUSED', details: { branch_id: 'b', status: 'FAILED', refusal: {} } },
      ],
    ]
    for (const [ask, error] of refusals)
      await expect(ask()).rejects.toMatchObject({ name: 'AssentError', ...error })
    await expect(api.submit({ gid })).rejects.toMatchObject({
      code: 'BRANCH_UNDECIDED',
      details: { branches: [{ branch_id: 'b', status: 'FAILED' }] },
    })
    await api.abort({ gid, waitMs: 10_000 })
    await expect(api.confirmBranch({ gid, branchId: 'b' })).rejects.toMatchObject({
      code: 'INVALID_STATUS_TRANSITION',
    })
    const astray = httpApi({ url: `${server.url}/nowhere`, ...how })
    await expect(astray.start({ gid })).rejects.toMatchObject({ code: 'ROUTE_NOT_FOUND' })
    astray.close()
    const states = api.events({ gid: 'none' })[Symbol.asyncIterator]()
    await expect(states.next()).rejects.toMatchObject({ code: 'TRANSACTION_NOT_FOUND' })
  })
})

type OtherModes = 'confirm' | 'cancel' | 'commit' | 'rollback'
