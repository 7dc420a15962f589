import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, givenSaga, type Story } from '../../test/story.ts'
import { callOf } from './call.ts'

const call = (story: Story, branchId: string | undefined, op: Parameters<typeof callOf>[2]) =>
  callOf(story.transaction, branchId, op)

describe('a call', () => {
  it('names itself in its headers', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a', { timeoutMs: 5, method: 'PUT' })] })
    story.callDue()
    expect(call(story, 'a', 'try')).toMatchObject({
      gid: 'g',
      branchId: 'a',
      op: 'try',
      mode: 'tcc',
      phase: 'one',
      attempt: 1,
      url: 'http://a/action',
      method: 'PUT',
      timeoutMs: 5,
      forced: false,
      headers: {
        'assent-gid': 'g',
        'assent-branch-id': 'a',
        'assent-op': 'try',
        'assent-mode': 'tcc',
        'assent-phase': 'one',
        'assent-attempt': '1',
        'idempotency-key': 'g/a/try',
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      },
    })
    expect(call(story, 'a', 'try').headers).not.toHaveProperty('assent-action-outcome')
  })

  it('counts its attempts, under one key and one trace', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callDue()
    const first = call(story, 'a', 'action').headers
    story.answer('a', 'unknown').pass(1_000).callDue()
    const second = call(story, 'a', 'action').headers
    expect(second).toMatchObject({ 'assent-attempt': '2', 'idempotency-key': first['idempotency-key'] })
    expect(second.traceparent!.slice(0, 36)).toBe(first.traceparent!.slice(0, 36))
    expect(second.traceparent).not.toBe(first.traceparent)
  })

  it.each([
    ['tcc', 'confirm', 'http://a/confirm'],
    ['xa', 'commit', 'http://a/commit'],
  ] as const)('of phase two goes where the %s says: %s', (mode, op, url) => {
    const story = given({ mode, branches: [branchOf(mode, 'a')] })
    story.callAndAnswer('done')
    story.callDue()
    expect(call(story, 'a', op)).toMatchObject({ phase: 'two', url })
  })

  it.each([
    ['saga', 'compensate'],
    ['tcc', 'cancel'],
    ['xa', 'rollback'],
  ] as const)('that undoes a branch of a %s says how phase one ended: %s', (mode, op) => {
    const story = given({ mode, branches: [branchOf(mode, 'a')] })
    story.callAndAnswer('unknown')
    story.abort().callDue()
    expect(call(story, 'a', op)).toMatchObject({ phase: 'two', url: `http://a/${op}` })
    expect(call(story, 'a', op).headers).toMatchObject({ 'assent-action-outcome': 'unknown' })
  })

  it('behind the pivot, and of a message, is of phase two: it can not be refused', () => {
    const saga = givenSaga({ branchId: 'p', pivot: true }, { branchId: 'a', action: 'http://a/' })
    expect(call(saga, 'a', 'action')).toMatchObject({ phase: 'two', headers: { 'assent-phase': 'two' } })
    const message = given({ ...fieldsOf('message'), branches: [branchOf('message', 'a')] })
    expect(call(message, 'a', 'action').phase).toBe('two')
  })

  it('passes a circuit breaker when an operator asked for it', () => {
    const story = givenSaga(branchOf('saga', 'a'))
    story.callAndAnswer('unknown')
    story.retry().callDue()
    expect(call(story, 'a', 'action').forced).toBe(true)
  })

  it('asks the sender of a message with its payload', () => {
    const story = givenOpen({ ...fieldsOf('message'), payload: { order: 7 } }).pass(60_000)
    story.callDue()
    const query = call(story, undefined, 'query')
    expect(query).toMatchObject({
      op: 'query',
      phase: 'query',
      url: 'http://sender/query',
      body: { order: 7 },
      method: 'POST',
      attempt: 1,
      timeoutMs: 30_000,
    })
    expect(query.headers).toMatchObject({ 'assent-op': 'query', 'idempotency-key': 'g/query' })
    expect(query).not.toHaveProperty('branchId')
    expect(query.headers).not.toHaveProperty('assent-branch-id')
  })

  it('of a branch that is not there is a fault', () => {
    expect(() => call(givenSaga(), 'z', 'action')).toThrow(RangeError)
  })
})

describe('the headers of a call', () => {
  const headers = (options: Record<string, string>, own: Record<string, string>) => {
    const branches = [branchOf('saga', 'a', { headers: own })]
    return call(given({ branches, options: { headers: options } }), 'a', 'action').headers
  }

  it("are the transaction's and, before those, the branch's own, however they are written", () => {
    expect(headers({ 'X-Tenant': '1', 'x-both': '1' }, { 'X-Both': '2', 'x-own': '2' })).toMatchObject({
      'x-tenant': '1',
      'x-both': '2',
      'x-own': '2',
    })
  })

  it('hold each name once', () => {
    const names = Object.keys(headers({ 'X-A': '1' }, { 'x-a': '2', Traceparent: 'mine' }))
    expect(names).toEqual([...new Set(names.map((name) => name.toLowerCase()))])
  })

  it('may go on with a trace of the caller', () => {
    expect(headers({ Traceparent: 'mine' }, {}).traceparent).toBe('mine')
  })
})
