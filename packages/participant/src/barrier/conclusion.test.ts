import { ANSWER_MAX_BYTES, ongoing, REFUSAL_MAX_BYTES, Refused } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { answerTo, concludeRefused, concludeReturned, refusedNow } from './conclusion.ts'

describe('what a business function returned', () => {
  it('is answered as every repeat will be told it', () => {
    const returned = { at: new Date(0), left: undefined } as never
    expect(answerTo(concludeReturned(returned))).toEqual({
      case: 'executed',
      outcome: 'done',
      result: { at: '1970-01-01T00:00:00.000Z' },
    })
  })

  it('may be null, which is not the same as nothing', () => {
    expect(answerTo(concludeReturned(null))).toEqual({ case: 'executed', outcome: 'done', result: null })
    expect(answerTo(concludeReturned(undefined))).toEqual({ case: 'executed', outcome: 'done' })
  })

  it('may be ongoing, with a wish when to be asked again', () => {
    expect(answerTo(concludeReturned(ongoing()))).toEqual({ case: 'ongoing', outcome: 'ongoing' })
    expect(answerTo(concludeReturned(ongoing({ retryAfterMs: 70 })))).toEqual({
      case: 'ongoing',
      outcome: 'ongoing',
      retryAfterMs: 70,
    })
  })

  it('may not be longer than a caller reads', () => {
    expect(() => concludeReturned('x'.repeat(ANSWER_MAX_BYTES - 2))).not.toThrow()
    expect(() => concludeReturned('x'.repeat(ANSWER_MAX_BYTES - 1))).toThrow(RangeError)
  })

  it('must be what JSON can say', () => {
    expect(() => concludeReturned(1n as never)).toThrow(TypeError)
  })
})

describe('a refusal', () => {
  it('keeps its code, message and details', () => {
    expect(refusedNow(new Refused('NO_FUNDS', 'has 3', { cents: 3 }))).toEqual({
      case: 'refused',
      outcome: 'refused',
      refusal: { code: 'NO_FUNDS', message: 'has 3', details: { cents: 3 } },
    })
  })

  it('that is too long stays a refusal, and loses its details', () => {
    const long = 'x'.repeat(REFUSAL_MAX_BYTES)
    const answer = answerTo(concludeRefused({ code: 'NO_FUNDS', message: long, details: long }))
    expect(answer).toMatchObject({ outcome: 'refused', refusal: { code: 'NO_FUNDS' } })
    expect(JSON.stringify(answer).length).toBeLessThan(2_000)
  })
})
