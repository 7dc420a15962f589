import { OPERATIONS } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { mayRefuse, originOf, placeOf } from './call.ts'

const operations = OPERATIONS.filter((op) => op !== 'query')

describe('the operations', () => {
  it('are undone by exactly one operation each, where they are phase one', () => {
    const undone = operations.map(originOf).filter((op) => op !== undefined)
    expect(undone).toEqual(['action', 'try', 'prepare'])
    expect(undone.map(placeOf)).toEqual(['origin', 'origin', 'origin'])
  })

  it('end a branch in one place, so that no branch is both confirmed and cancelled', () => {
    const ends = operations.filter((op) => placeOf(op) === 'end')
    expect(ends).toEqual(['compensate', 'confirm', 'cancel', 'commit', 'rollback'])
  })

  it('may be refused in phase one only, which a message has not', () => {
    expect(operations.filter((op) => mayRefuse({ op }))).toEqual(['action', 'try', 'prepare'])
    expect(mayRefuse({ op: 'action', mode: 'message' })).toBe(false)
    expect(mayRefuse({ op: 'action', mode: 'saga' })).toBe(true)
  })

  it('must finish behind the pivot of a saga, as the coordinator says', () => {
    expect(mayRefuse({ op: 'action', mode: 'saga', phase: 'two' })).toBe(false)
    expect(mayRefuse({ op: 'action', mode: 'saga', phase: 'one' })).toBe(true)
  })
})
