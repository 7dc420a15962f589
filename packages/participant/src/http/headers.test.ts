import { describe, expect, it } from 'vitest'
import { readCall } from './headers.ts'

const WHOLE = {
  'assent-gid': 'transfer-1',
  'assent-branch-id': '01',
  'assent-op': 'compensate',
  'assent-mode': 'saga',
  'assent-phase': 'two',
  'assent-attempt': '3',
  'assent-action-outcome': 'unknown',
  'idempotency-key': 'transfer-1/01/compensate',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

function read(headers: Record<string, string | undefined>) {
  return readCall((name) => headers[name])
}

function problems(headers: Record<string, string | undefined>) {
  const call = read(headers)
  return 'problems' in call ? call.problems.map(({ path, problem }) => `${path} ${problem}`) : []
}

describe('the headers of a call', () => {
  it('say which call it is, and what goes with it', () => {
    expect(read(WHOLE)).toEqual({
      gid: 'transfer-1',
      branchId: '01',
      op: 'compensate',
      mode: 'saga',
      phase: 'two',
      attempt: 3,
      actionOutcome: 'unknown',
      idempotencyKey: 'transfer-1/01/compensate',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    })
  })

  it('need gid, branch and operation, and nothing else', () => {
    const call = { 'assent-gid': 'a', 'assent-branch-id': 'b', 'assent-op': 'try' }
    expect(read(call)).toEqual({ gid: 'a', branchId: 'b', op: 'try' })
  })

  it('are all named when they are missing', () => {
    expect(problems({})).toEqual([
      'assent-gid is missing',
      'assent-branch-id is missing',
      'assent-op is missing',
    ])
  })

  it.each([
    ['assent-gid', '', '1 to 64'],
    ['assent-gid', 'x'.repeat(65), '1 to 64'],
    ['assent-branch-id', 'a/b', '1 to 64'],
    ['assent-op', 'query', 'must be one of action, compensate'],
    ['assent-op', 'undo', 'must be one of'],
    ['assent-mode', 'SAGA', 'must be one of saga'],
    ['assent-op', 'cancel', 'must be one of action, compensate in saga mode'],
    ['assent-action-outcome', 'maybe', 'must be one of done'],
  ])('are refused when %s is %j', (name, value, problem) => {
    const found = problems({ ...WHOLE, [name]: value })
    expect(found).toEqual([expect.stringContaining(problem)])
    expect(found[0]).toContain(name)
  })

  it.each(['x', '-1', '1.5', ''])('leave out an attempt of %j, which is only a hint', (attempt) => {
    expect(read({ ...WHOLE, 'assent-attempt': attempt })).not.toHaveProperty('attempt')
  })
})
