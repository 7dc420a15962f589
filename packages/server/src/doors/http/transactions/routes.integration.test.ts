import { AssentError, ERRORS, type ErrorCode } from '@assent/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDoor, type TestDoor } from '../../../../test/open-door.ts'

let test: TestDoor
beforeAll(async () => {
  test = await openDoor()
})
afterAll(() => test.door.close())
beforeEach(() => {
  test.api.asked.length = 0
})

const done = 'http://bank/done'
const refused = 'http://bank/refused'
const ongoing = 'http://bank/ongoing'
const unknown = 'http://bank/unknown'

let count = 0
const newGid = (): string => `gid-${++count}`

/** An open transaction with a branch for each URL, driven by the application. */
async function opened(mode: string, ...urls: string[]): Promise<string> {
  const { body } = await test.post('/api/start', { mode })
  for (const [index, action] of urls.entries()) {
    const branch = { gid: body.gid, branch_id: `b${index}`, action, driven_by: 'application' }
    await test.post('/api/branch/add', branch)
  }
  return body.gid
}

describe('POST /api/start', () => {
  it('opens a transaction under a new gid, or the one that was given', async () => {
    const fresh = await test.post('/api/start', {})
    expect(fresh).toMatchObject({ status: 200, body: { gid: expect.any(String), status: 'PREPARED' } })
    const gid = newGid()
    expect(await test.post('/api/start', { gid })).toMatchObject({ status: 200, body: { gid } })
  })

  it('answers a repeat with 200 and the present status, and other content with 409', async () => {
    const gid = newGid()
    const body = { gid, payload: { amount: 30 } }
    await test.post('/api/start', body)
    await test.post('/api/abort', { gid })
    expect(await test.post('/api/start', body)).toMatchObject({ status: 200, body: { status: 'ABORTED' } })
    const other = await test.post('/api/start', { gid, payload: { amount: 31 } })
    expect(other).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
  })

  it('takes msg for message', async () => {
    await test.post('/api/start', { mode: 'msg', query: done })
    expect(test.api.asked[0]?.request).toMatchObject({ mode: 'message' })
  })
})

describe('POST /api/tx', () => {
  it('answers 201 at first and 200 when repeated, with what became of it', async () => {
    const gid = newGid()
    const body = { gid, branches: [{ action: done }], wait: true }
    const first = await test.post('/api/tx', body)
    expect(first).toMatchObject({
      status: 201,
      body: { gid, status: 'COMMITTED', repeated: false, results: { '01': { ok: true } } },
    })
    const again = await test.post('/api/tx', body)
    expect(again).toMatchObject({ status: 200, body: { ...first.body, repeated: true } })
  })

  it('takes the wait for no part of the content', async () => {
    const gid = newGid()
    await test.post('/api/tx', { gid, branches: [{ action: done }], wait: true })
    const repeat = await test.post('/api/tx', { gid, branches: [{ action: done }] })
    expect(repeat.status).toBe(200)
  })

  it('tells which branch failed, why, and what the participant said', async () => {
    const body = { branches: [{ action: done }, { action: refused }] }
    expect(await test.post('/api/tx', body)).toMatchObject({
      status: 201,
      body: {
        status: 'ABORTED',
        failed_branch: '02',
        reason: expect.stringContaining('02'),
        refusal: { code: 'NO' },
      },
    })
  })

  it('waits as long as asked, and then answers where it stands', async () => {
    const startedAt = performance.now()
    const body = { branches: [{ action: ongoing }], wait: 60 }
    const answer = await test.post('/api/tx', body)
    expect(answer).toMatchObject({ status: 201, body: { status: 'SUBMITTED' } })
    expect(performance.now() - startedAt).toBeGreaterThan(50)
  })
})

describe('branches of an open transaction', () => {
  it('are added, tried, reported and decided', async () => {
    const gid = await opened('tcc')
    const branch = { gid, branch_id: 'seat', action: done, confirm: done, cancel: done }
    expect(
      await test.post('/api/branch/add', { ...branch, branch_id: 'other', driven_by: 'application' }),
    ).toMatchObject({
      status: 200,
      body: { gid, branch_id: 'other', status: 'PREPARED' },
    })
    expect(await test.post('/api/branch/try', branch)).toMatchObject({
      status: 200,
      body: { gid, branch_id: 'seat', outcome: 'done', status: 'SUCCEED', result: { done: true } },
    })
    expect(await test.post('/api/branch/confirm', { gid, branch_id: 'seat' })).toMatchObject({
      status: 409,
      body: { code: 'BRANCH_UNDECIDED', details: { branches: ['other'] } },
    })
    const report = { gid, branch_id: 'other', op: 'try', result: { seat: '12A' } }
    expect(await test.post('/api/branch/succeed', report)).toMatchObject({
      status: 200,
      body: { gid, branch_id: 'other', status: 'SUCCEED' },
    })
    const standing = { gid, branch_id: 'seat', status: 'COMMITTED', branch_status: 'CONFIRMED' }
    for (let again = 0; again < 2; again++) {
      expect(await test.post('/api/branch/confirm', { gid, branch_id: 'seat' })).toMatchObject({
        status: 200,
        body: standing,
      })
    }
    expect(await test.post('/api/branch/cancel', { gid, branch_id: 'seat' })).toMatchObject({
      status: 409,
      body: { code: 'INVALID_STATUS_TRANSITION', details: { from: 'COMMITTED', to: 'ABORTED' } },
    })
  })

  it('are answered 202 while nobody knows, and 409 with the answer of the participant when refused', async () => {
    const gid = await opened('tcc')
    const tried = (branch_id: string, action: string) =>
      test.post('/api/branch/try', { gid, branch_id, action })
    expect(await tried('1', ongoing)).toMatchObject({
      status: 202,
      body: { outcome: 'ongoing', status: 'ONGOING' },
    })
    expect(await tried('2', unknown)).toMatchObject({ status: 202, body: { outcome: 'unknown' } })
    expect(await tried('3', refused)).toMatchObject({
      status: 409,
      body: { code: 'BRANCH_REFUSED', details: { refusal: { code: 'NO', details: { keepThisName: 1 } } } },
    })
  })

  it('are 202 while the call that follows from the decision is open', async () => {
    const confirmed = await opened('tcc')
    await test.post('/api/branch/try', { gid: confirmed, branch_id: 'b', action: done, confirm: ongoing })
    const answer = await test.post('/api/branch/confirm', { gid: confirmed, branch_id: 'b' })
    expect(answer).toMatchObject({ status: 202, body: { status: 'COMMITTED' } })
    const cancelled = await opened('tcc')
    await test.post('/api/branch/try', { gid: cancelled, branch_id: 'b', action: done, cancel: unknown })
    expect((await test.post('/api/branch/cancel', { gid: cancelled, branch_id: 'b' })).status).toBe(202)
  })

  it('can be reported refused, and a report for another operation names the open one', async () => {
    const gid = await opened('saga', done)
    expect(await test.post('/api/branch/fail', { gid, branch_id: 'b0', reason: 'sold out' })).toMatchObject({
      status: 200,
      body: { status: 'FAILED' },
    })
    expect(await test.post('/api/branch/succeed', { gid, branch_id: 'b0', op: 'compensate' })).toMatchObject({
      status: 409,
      body: { code: 'INVALID_STATUS_TRANSITION', details: { open_op: 'action' } },
    })
  })
})

describe('POST /api/submit and /api/abort', () => {
  it('answer where the transaction stands', async () => {
    const gid = await opened('saga')
    const standing = { gid, status: 'COMMITTED' }
    expect(await test.post('/api/submit', { gid, wait: 1_000 })).toMatchObject({
      status: 200,
      body: standing,
    })
    expect(await test.post('/api/submit', { gid })).toMatchObject({ status: 200, body: standing })
    expect(await test.post('/api/abort', { gid })).toMatchObject({
      status: 409,
      body: { code: 'INVALID_STATUS_TRANSITION', details: { from: 'COMMITTED', to: 'ABORTED' } },
    })
  })

  it('keep the reason, and refuse to submit what was aborted', async () => {
    const gid = await opened('saga')
    expect(await test.post('/api/abort', { gid, reason: 'customer called', wait: true })).toMatchObject({
      status: 200,
      body: { status: 'ABORTED', reason: 'customer called' },
    })
    expect((await test.post('/api/submit', { gid })).body.code).toBe('INVALID_STATUS_TRANSITION')
  })

  it('name the branches that are undecided', async () => {
    const gid = await opened('saga', done, done)
    expect(await test.post('/api/submit', { gid })).toMatchObject({
      status: 409,
      body: { code: 'BRANCH_UNDECIDED', details: { branches: ['b0', 'b1'] } },
    })
  })
})

describe('GET /api/tx/{gid}', () => {
  it('shows the transaction with its branches and defaults', async () => {
    const { body } = await test.post('/api/tx', { branches: [{ action: done }], labels: { a: 'b' } })
    const { status, body: shown } = await test.get(`/api/tx/${body.gid}`)
    expect(status).toBe(200)
    expect(shown).toMatchObject({
      gid: body.gid,
      mode: 'saga',
      labels: { a: 'b' },
      options: { timeout_to_fail_ms: 60_000, parallelism: 10 },
      branches: [{ branch_id: '01', driven_by: 'coordinator', attempts: [], attempt_count: 0 }],
    })
    expect(shown.created_unix).toBe(Math.floor(shown.created_at / 1000))
  })

  it('waits for the end when asked', async () => {
    const gid = await opened('saga')
    const [answer] = await Promise.all([
      test.get(`/api/tx/${gid}?wait=5000`),
      test.post('/api/submit', { gid }),
    ])
    expect(answer.body.status).toBe('COMMITTED')
    expect((await test.get(`/api/tx/${gid}?wait=true`)).status).toBe(200)
    expect((await test.get(`/api/tx/${gid}?wait=soon`)).status).toBe(400)
  })
})

describe('GET /api/tx', () => {
  it('pages by cursor and by offset, newest first', async () => {
    const gids: string[] = []
    for (let index = 0; index < 5; index++) {
      gids.unshift((await test.post('/api/start', { mode: 'xa' })).body.gid)
    }
    const first = await test.get('/api/tx?mode=xa&limit=2')
    expect(first.body.map(({ gid }: { gid: string }) => gid)).toEqual(gids.slice(0, 2))
    expect(first.headers['x-total-count']).toBe('5')
    const second = await test.get(`/api/tx?mode=xa&limit=2&cursor=${first.headers['x-next-cursor']}`)
    expect(second.body.map(({ gid }: { gid: string }) => gid)).toEqual(gids.slice(2, 4))
    const last = await test.get('/api/tx?mode=xa&limit=2&offset=4')
    expect(last.body).toHaveLength(1)
    expect(last.headers).not.toHaveProperty('x-next-cursor')
  })

  it('takes every filter', async () => {
    const query =
      'limit=1000&offset=0&status=COMMITTED&mode=msg&name=transfer&label=customer:17&attention=true' +
      '&created_after=1&created_before=2&gid_prefix=a'
    expect((await test.get(`/api/tx?${query}`)).status).toBe(200)
    expect(test.api.asked[0]?.request).toEqual({
      limit: 1_000,
      offset: 0,
      status: 'COMMITTED',
      mode: 'message',
      name: 'transfer',
      label: { key: 'customer', value: '17' },
      attention: true,
      createdAfter: 1,
      createdBefore: 2,
      gidPrefix: 'a',
    })
  })

  it.each([
    'limit=1001',
    'limit=0',
    'limit=x',
    'offset=-1',
    'status=DONE',
    'mode=paxos',
    'label=x',
    'colour=red',
    'cursor=!',
  ])('refuses %s with 400', async (query) => {
    expect(await test.get(`/api/tx?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    })
  })
})

describe('what operators do', () => {
  it('retry makes due what waits, all of it or one branch', async () => {
    const { body } = await test.post('/api/tx', { branches: [{ action: unknown }] })
    const path = `/api/tx/${body.gid}/retry`
    expect(await test.post(path, {})).toMatchObject({
      status: 200,
      body: { gid: body.gid, status: 'SUBMITTED' },
    })
    expect((await test.post(path, { branch_id: '01' })).status).toBe(200)
    expect((await test.post(path, { branch_id: '99' })).body.code).toBe('BRANCH_NOT_FOUND')
  })

  it('resolve says how the open call ended', async () => {
    const { body } = await test.post('/api/tx', { branches: [{ action: unknown }] })
    const resolution = { branch_id: '01', op: 'action', outcome: 'done', reason: 'seen in their books' }
    expect(await test.post(`/api/tx/${body.gid}/resolve`, resolution)).toMatchObject({
      status: 200,
      body: { status: 'COMMITTED' },
    })
    expect((await test.post(`/api/tx/${body.gid}/resolve`, { op: 'action', outcome: 'done' })).status).toBe(
      400,
    )
  })

  it('ended says which have ended, and which nobody knows', async () => {
    const { body } = await test.post('/api/tx', { branches: [] })
    const open = await opened('saga')
    expect(await test.post('/api/tx/ended', { gids: [body.gid, open, 'nobody'] })).toMatchObject({
      status: 200,
      body: {
        ended: [{ gid: body.gid, status: 'COMMITTED', ended_at: expect.any(Number) }],
        unknown: ['nobody'],
      },
    })
    const many = Array.from({ length: 1_001 }, (_, index) => `g${index}`)
    expect((await test.post('/api/tx/ended', { gids: many })).status).toBe(400)
  })
})

describe('who asks', () => {
  const actor = () => (test.api.asked[0]?.request as { actor?: string } | undefined)?.actor

  it('is the address, behind the name that is claimed', async () => {
    await test.post('/api/start', {})
    expect(actor()).toBe('127.0.0.1')
    test.api.asked.length = 0
    await test.post('/api/start', {}, { 'assent-actor': 'alice' })
    expect(actor()).toBe('alice@127.0.0.1')
  })

  it.each(['', 'x'.repeat(129), 'caf\u00e9'])('is not %j', async (name) => {
    const answer = await test.post('/api/start', {}, { 'assent-actor': name })
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
  })
})

describe('every error of the API', () => {
  const codes = Object.keys(ERRORS) as ErrorCode[]

  it.each(codes)('%s has the status and the shape of the table', async (code) => {
    test.api.fault = new AssentError(code, 'what is wrong', [{ path: 'gid', problem: 'is wrong' }])
    const { status, headers, body } = await test.get('/api/tx/any')
    expect(status).toBe(ERRORS[code].http)
    expect(body).toEqual({
      error: ERRORS[code].title,
      code,
      message: 'what is wrong',
      details: [{ path: 'gid', problem: 'is wrong' }],
      help: `/errors/${code}`,
    })
    const isWorthRepeating = status === 503 || status === 429
    expect(headers['retry-after']).toBe(isWorthRepeating ? '1' : undefined)
    expect(await test.get(body.help)).toMatchObject({ status: 200, body: { code, http: status } })
  })

  it('is INTERNAL for whatever else is thrown: logged with its stack, and not told', async () => {
    test.logged.length = 0
    test.api.fault = new TypeError('secret of the house')
    const { status, text, body } = await test.get('/api/tx/any')
    expect([status, body.code]).toEqual([500, 'INTERNAL'])
    expect(text).not.toContain('secret')
    expect(test.logged).toMatchObject([
      {
        level: 50,
        route: '/api/tx/:gid',
        err: { message: 'secret of the house', stack: expect.any(String) },
      },
    ])
    test.api.fault = 'not even an error'
    expect((await test.get('/api/tx/any')).status).toBe(500)
    test.api.fault = Object.assign(new Error('another version'), {
      name: 'AssentError',
      code: 'FROM_THE_FUTURE',
    })
    expect((await test.get('/api/tx/any')).body.code).toBe('INTERNAL')
  })

  it.each([
    ['/api/submit', { gid: 'nobody' }],
    ['/api/abort', { gid: 'nobody' }],
    ['/api/branch/add', { gid: 'nobody', branch_id: 'b', action: done }],
    ['/api/branch/try', { gid: 'nobody', branch_id: 'b', action: done }],
    ['/api/branch/confirm', { gid: 'nobody', branch_id: 'b' }],
    ['/api/branch/cancel', { gid: 'nobody', branch_id: 'b' }],
    ['/api/branch/succeed', { gid: 'nobody', branch_id: 'b' }],
    ['/api/branch/fail', { gid: 'nobody', branch_id: 'b' }],
    ['/api/tx/nobody/retry', {}],
    ['/api/tx/nobody/resolve', { op: 'action', outcome: 'done', reason: 'r' }],
  ])('an unknown gid is never answered 200: %s', async (path, body) => {
    expect(await test.post(path, body)).toMatchObject({
      status: 404,
      body: { code: 'TRANSACTION_NOT_FOUND' },
    })
  })
})

it('each answer is counted once, by its route and never by its path', async () => {
  test.answered.length = 0
  await test.post('/api/tx', { branches: [] })
  await test.get('/api/tx/nobody')
  await test.get('/api/tx?limit=0')
  await test.get('/nowhere')
  expect(test.answered).toEqual([
    ['/api/tx', 201],
    ['/api/tx/:gid', 404],
    ['/api/tx', 400],
    ['', 404],
  ])
})
