import { ANSWER_MAX_BYTES, OUTCOMES, type Outcome, type Phase, RESULT_MAX_BYTES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { DEFINITION_RETRY_MS, ERROR_MAX_LENGTH } from '../answers.ts'
import { readAnswer } from './answer.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')

function read(status: number, body: string | Buffer = '', headers = {}, phase: Phase = 'one') {
  return readAnswer({ status, headers, body: Buffer.from(body) }, phase, NOW)
}

describe('the outcome of an HTTP answer', () => {
  const STATUSES = [
    200, 201, 202, 204, 299, 300, 302, 304, 400, 404, 408, 409, 422, 425, 429, 499, 500, 503, 599,
  ]
  const table: Record<Phase, Record<Exclude<Outcome, 'unknown'>, number[]>> = {
    one: { done: [200, 201, 204, 299], refused: [400, 404, 409, 422, 499], ongoing: [202, 425] },
    two: { done: [200, 201, 204, 299], refused: [409], ongoing: [202, 425] },
    query: { done: [200, 201, 204, 299], refused: [409], ongoing: [202, 425] },
  }
  const expected = (status: number, phase: Phase): Outcome =>
    OUTCOMES.find((outcome) => outcome !== 'unknown' && table[phase][outcome].includes(status)) ?? 'unknown'

  for (const phase of ['one', 'two', 'query'] as const) {
    it.each(STATUSES.map((status) => [status, expected(status, phase)] as const))(
      `in phase ${phase} is for %i: %s`,
      (status, outcome) => {
        expect(read(status, '', {}, phase)).toMatchObject({ kind: 'answered', outcome, status })
      },
    )
  }
})

describe('a result', () => {
  it('is whatever JSON the body says', () => {
    for (const value of [{ balance: 70 }, [], 'text', 0, false, null]) {
      expect(read(200, JSON.stringify(value))).toEqual({
        kind: 'answered',
        outcome: 'done',
        status: 200,
        result: value,
      })
    }
  })

  it('is the text of a body that is no JSON', () => {
    expect(read(200, 'OK')).toMatchObject({ outcome: 'done', result: 'OK' })
    expect(read(200, '{"balance":')).toMatchObject({ outcome: 'done', result: '{"balance":' })
    expect(read(200, Buffer.from([0x66, 0xff, 0x00]))).toMatchObject({
      outcome: 'done',
      result: 'f\ufffd\u0000',
    })
  })

  it('is absent where there is no body or a blank one', () => {
    for (const body of ['', ' \n', '\ufeff']) {
      expect(read(200, body)).toEqual({ kind: 'answered', outcome: 'done', status: 200 })
    }
  })

  it('may begin with a byte order mark', () => {
    expect(read(200, '\ufeff{"balance":70}')).toMatchObject({ result: { balance: 70 } })
  })

  it('is omitted, never cut, when it is longer than RESULT_MAX_BYTES', () => {
    const answer = read(200, JSON.stringify('x'.repeat(RESULT_MAX_BYTES)))
    expect(answer).toEqual({ kind: 'answered', outcome: 'done', status: 200, resultOmitted: true })
    expect(read(200, 'x'.repeat(RESULT_MAX_BYTES))).toMatchObject({ outcome: 'done', resultOmitted: true })
  })

  it('is omitted when it nests so deep that nothing could write it down', () => {
    const body = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    expect(read(200, body)).toEqual({ kind: 'answered', outcome: 'done', status: 200, resultOmitted: true })
  })

  it('is omitted when it comes compressed, which no call asks for', () => {
    const answer = read(200, Buffer.from([0x1f, 0x8b]), { 'content-encoding': 'gzip' })
    expect(answer).toMatchObject({
      outcome: 'done',
      resultOmitted: true,
      error: expect.stringContaining('gzip'),
    })
    expect(read(200, '7', { 'content-encoding': ['gzip', 'br'] })).toMatchObject({ resultOmitted: true })
    expect(read(200, '7', { 'content-encoding': 'identity' })).toMatchObject({ result: 7 })
  })
})

describe('a refusal', () => {
  it('is read from the body', () => {
    const refusal = { code: 'POOR', message: 'too little', details: { balance: 3 } }
    expect(read(409, JSON.stringify(refusal))).toEqual({
      kind: 'answered',
      outcome: 'refused',
      status: 409,
      refusal,
    })
    expect(read(422, 'too little ')).toMatchObject({ refusal: { message: 'too little' } })
  })

  it('may have nothing to say', () => {
    for (const body of ['', '  ', 'null', '{}']) {
      expect(read(409, body)).toEqual({ kind: 'answered', outcome: 'refused', status: 409 })
    }
    expect(read(409, 'gzip', { 'content-encoding': 'gzip' })).not.toHaveProperty('refusal')
  })

  it('in phase two is still read, for whoever must attend to it', () => {
    expect(read(409, '{"message":"no"}', {}, 'two')).toMatchObject({ refusal: { message: 'no' } })
  })
})

describe('an unknown outcome', () => {
  it('says what was answered', () => {
    expect(read(503, '{"error":"database down"}')).toMatchObject({ error: 'answered 503: database down' })
    expect(read(500)).toMatchObject({ error: 'answered 500' })
    expect(read(404, '<h1>Not\n found</h1>', {}, 'two')).toMatchObject({
      error: 'answered 404: <h1>Not found</h1>',
    })
  })

  it('says where a redirect led that was not followed', () => {
    expect(read(307, '', { location: 'http://elsewhere/' })).toMatchObject({
      outcome: 'unknown',
      error: 'answered 307 to http://elsewhere/; redirects are not followed',
    })
  })

  it('never carries a long error', () => {
    const answer = read(500, 'x'.repeat(ANSWER_MAX_BYTES))
    expect(answer.kind === 'answered' && answer.error?.length).toBeLessThanOrEqual(ERROR_MAX_LENGTH + 1)
  })
})

describe('a pause that the participant asked for', () => {
  it('is told with every outcome after which the call is repeated', () => {
    const headers = { 'retry-after': '7' }
    for (const status of [202, 425, 408, 429, 500, 503, 302]) {
      expect(read(status, '', headers)).toMatchObject({ retryAfterMs: 7_000 })
    }
    expect(read(200, '', headers)).not.toHaveProperty('retryAfterMs')
    expect(read(503, '', { 'retry-after': 'soon' })).not.toHaveProperty('retryAfterMs')
  })
})

describe('a service that could not say its result', () => {
  it('is done with a result that was left out, which is not the same as none', () => {
    expect(read(200, '', { 'assent-result': 'omitted' })).toMatchObject({
      outcome: 'done',
      resultOmitted: true,
    })
    expect(read(200, '')).not.toHaveProperty('resultOmitted')
  })
})

describe('a service that does not have the step', () => {
  const missing = JSON.stringify({ code: 'DEFINITION_MISSING', message: 'order/2/ship is not served here' })

  it('has not been called: in every phase the call is made again', () => {
    for (const phase of ['one', 'two', 'query'] as const) {
      expect(read(503, missing, {}, phase)).toEqual({
        kind: 'held',
        reason: 'DEFINITION_MISSING',
        retryAfterMs: DEFINITION_RETRY_MS,
      })
    }
    expect(read(503, missing, { 'retry-after': '2' })).toMatchObject({ kind: 'held', retryAfterMs: 2_000 })
  })

  it('says so by 503 and that code together, and by nothing else', () => {
    expect(read(503, '{"code":"OTHER"}')).toMatchObject({ kind: 'answered', outcome: 'unknown' })
    expect(read(500, missing)).toMatchObject({ kind: 'answered', outcome: 'unknown' })
    expect(read(409, missing)).toMatchObject({ kind: 'answered', outcome: 'refused' })
    expect(read(503, 'DEFINITION_MISSING')).toMatchObject({ kind: 'answered', outcome: 'unknown' })
  })
})
