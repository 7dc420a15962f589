import { describe, expect, it } from 'vitest'
import { branchOf, given, type Story } from '../../test/story.ts'
import { callOf } from './call.ts'

/** The body of the call that is due, or was just started. */
const bodyOf = (story: Story, branchId: string, op: Parameters<typeof callOf>[2]) =>
  callOf(story.transaction, branchId, op).body

describe('what a call carries', () => {
  it("is the branch's own payload, or the transaction's where it has none", () => {
    const story = given({
      payload: { order: 7 },
      branches: [branchOf('saga', 'a', { payload: [1] }), branchOf('saga', 'b')],
    })
    expect(bodyOf(story, 'a', 'action')).toEqual([1])
    expect(bodyOf(story, 'b', 'action')).toEqual({ order: 7 })
  })

  it('is nothing where neither has one', () => {
    expect(bodyOf(given({ branches: [branchOf('saga', 'a')] }), 'a', 'action')).toBeUndefined()
  })

  it.each([null, false, 0, ''])('takes %j for a payload of its own', (payload) => {
    const story = given({
      payload: { order: 7 },
      branches: [
        branchOf('saga', 'a', { payload }),
        branchOf('saga', 'b', { payload: 1, undoPayload: payload }),
      ],
    })
    expect(bodyOf(story, 'a', 'action')).toBe(payload)
    expect(bodyOf(story, 'b', 'compensate')).toBe(payload)
  })
})
