import { describe, expect, it } from 'vitest'
import { BEGINNING, branchOf, givenOpen } from '../../test/story.ts'

describe('a try that is asked for again while its first call is under way', () => {
  const CALL_MS = 1_000

  it('is undone only when the first call has ended too, though the second was answered', () => {
    const story = givenOpen({ mode: 'tcc' })
      .try(branchOf('tcc', 'a'), CALL_MS)
      .pass(400)
      .call('a', 'try', BEGINNING + 400 + CALL_MS)
      .answer('a', 'done')
      .abort()
    expect(story.transaction.branches[0]).toMatchObject({ status: 'SUCCEED' })
    expect(story.transaction.branches[0]?.told).toBeUndefined()
    story.pass(CALL_MS - 400)
    expect(story.transaction.branches[0]?.told).toMatchObject({ outcome: 'done' })
  })

  it('is undone at once where the first call had ended before', () => {
    const story = givenOpen({ mode: 'tcc' })
      .try(branchOf('tcc', 'a'), CALL_MS)
      .pass(CALL_MS)
      .call('a', 'try', BEGINNING + 2 * CALL_MS)
      .answer('a', 'done')
      .abort()
    expect(story.transaction.branches[0]?.told).toMatchObject({ outcome: 'done' })
  })

  it('is waited for to the end of its first call, whatever an answer says that nobody waited for', () => {
    const story = givenOpen({ mode: 'tcc' })
      .try(branchOf('tcc', 'a'), CALL_MS)
      .pass(400)
      .call('a', 'try', BEGINNING + 400 + CALL_MS)
      .answer('a', 'unknown')
      .answer('a', 'done', { attempt: 0 })
      .abort()
    expect(story.transaction.branches[0]).toMatchObject({ status: 'SUCCEED' })
    expect(story.transaction.branches[0]?.told).toBeUndefined()
    story.pass(CALL_MS - 400)
    expect(story.transaction.branches[0]?.told).toMatchObject({ outcome: 'done' })
  })
})
