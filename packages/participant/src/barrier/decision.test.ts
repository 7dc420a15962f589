import { describe, expect, it } from 'vitest'
import type { BarrierOperation } from './call.ts'
import { type Decision, decide, type Found, type StoredAnswer } from './decision.ts'

const PAIRS: readonly [origin: BarrierOperation, undo: BarrierOperation][] = [
  ['action', 'compensate'],
  ['try', 'cancel'],
  ['prepare', 'rollback'],
]
const RIVALS: readonly [first: BarrierOperation, second: BarrierOperation][] = [
  ['confirm', 'cancel'],
  ['cancel', 'confirm'],
  ['commit', 'rollback'],
  ['rollback', 'commit'],
]
const NO_UNDO: readonly BarrierOperation[] = ['action', 'try', 'confirm', 'prepare', 'commit']

const EMPTY: Decision = { next: 'keep', answer: { case: 'empty', outcome: 'done' } }

describe('a call that comes first', () => {
  it.each(NO_UNDO)('runs, when it is a %s', (op) => {
    expect(decide(op, 'inserted', undefined)).toEqual({ next: 'run' })
  })
})

describe('a repeated call', () => {
  const everything: readonly BarrierOperation[] = [...NO_UNDO, ...PAIRS.map(([, undo]) => undo)]

  it.each(everything)('is told the result again, when it is a %s', (op) => {
    const stored: Found = { op, state: 'done', result: { cents: 12 } }
    expect(decide(op, stored, 'inserted')).toEqual({
      next: 'leave',
      answer: { case: 'duplicate', outcome: 'done', result: { cents: 12 } },
    })
  })

  it('is told that there was no result, when there was none', () => {
    expect(decide('action', { op: 'action', state: 'done' }, undefined)).toEqual({
      next: 'leave',
      answer: { case: 'duplicate', outcome: 'done' },
    })
  })

  it('is refused again, for the same reason', () => {
    const refusal = { code: 'NO_FUNDS', message: 'nothing left' }
    expect(decide('try', { op: 'try', state: 'refused', refusal }, undefined)).toEqual({
      next: 'leave',
      answer: { case: 'duplicate', outcome: 'refused', refusal },
    })
  })

  it('is told that it is ongoing until it was completed', () => {
    expect(decide('prepare', { op: 'prepare', state: 'ongoing', retryAfterMs: 50 }, undefined)).toEqual({
      next: 'leave',
      answer: { case: 'duplicate', outcome: 'ongoing', retryAfterMs: 50 },
    })
  })
})

describe.each(PAIRS)('%s and %s', (origin, undo) => {
  const givenOrigin = (stored: Omit<StoredAnswer, 'op'>) => ({ op: origin, ...stored }) as StoredAnswer

  it('undo what was done', () => {
    expect(decide(undo, 'inserted', givenOrigin({ state: 'done' }))).toEqual({ next: 'run' })
  })

  it('undo nothing where the origin has not come, and keep the row that they planted', () => {
    expect(decide(undo, 'inserted', 'inserted')).toEqual(EMPTY)
  })

  it('undo nothing where the origin was refused', () => {
    const refused = { state: 'refused', refusal: { code: 'NO' } } as const
    expect(decide(undo, 'inserted', givenOrigin(refused))).toEqual(EMPTY)
  })

  it('undo nothing where an earlier undo planted the origin, its own row lost or not', () => {
    expect(decide(undo, 'inserted', givenOrigin({ state: 'planted' }))).toEqual(EMPTY)
  })

  it('wait, and keep no row, while the origin is ongoing', () => {
    expect(decide(undo, 'inserted', givenOrigin({ state: 'ongoing' }))).toEqual({
      next: 'leave',
      answer: { case: 'ongoing', outcome: 'ongoing' },
    })
  })

  it('refuse an origin that comes after its undo', () => {
    expect(decide(origin, givenOrigin({ state: 'planted' }), undefined)).toMatchObject({
      next: 'leave',
      answer: { case: 'late', outcome: 'refused', refusal: { code: 'LATE' } },
    })
  })
})

describe('operations that exclude each other', () => {
  it.each(RIVALS)('refuse, after a %s, a %s', (first, second) => {
    for (const state of ['done', 'ongoing'] as const) {
      const origin = {
        op: first === 'confirm' || second === 'confirm' ? 'try' : 'prepare',
        state: 'done',
      } as const
      expect(decide(second, { op: first, state }, origin)).toMatchObject({
        next: 'leave',
        answer: { case: 'conflict', outcome: 'refused', refusal: { code: 'OTHER_OPERATION' } },
      })
    }
  })

  it('refuse an operation of another mode on the same branch', () => {
    expect(decide('try', { op: 'action', state: 'done' }, undefined)).toMatchObject({
      answer: { case: 'conflict' },
    })
    expect(decide('cancel', 'inserted', { op: 'action', state: 'done' })).toMatchObject({
      next: 'leave',
      answer: { case: 'conflict' },
    })
  })
})

describe('an undo without the row of its origin', () => {
  it('is not decided', () => {
    expect(() => decide('cancel', 'inserted', undefined)).toThrow('without the row of its try')
  })
})
