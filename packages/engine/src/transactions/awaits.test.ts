import type { Mode } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, type Story } from '../../test/story.ts'
import { awaits } from './awaits.ts'
import { commitOperation, phaseOneOperation, undoOperation } from './transaction.ts'

const MODES_WITH_UNDO: readonly Mode[] = ['saga', 'tcc', 'xa']

/** What an answer to each operation of branch `a` would come to. */
function awaited({ transaction }: Story): Record<string, string | undefined> {
  const branch = transaction.branches[0]!
  const [one, commit] = [phaseOneOperation(transaction, branch), commitOperation(transaction, branch)]
  return {
    one: one && awaits(transaction, 'a', one),
    commit: commit && awaits(transaction, 'a', commit),
    undo: awaits(transaction, 'a', undoOperation(transaction) ?? 'compensate'),
  }
}

describe.each(MODES_WITH_UNDO)('an answer in mode %s', (mode) => {
  const commit = mode === 'saga' ? undefined : 'not yet'

  it('is for an operation that is open, or may still be, or is not asked for any more', () => {
    const story = given({ mode, branches: [branchOf(mode, 'a'), branchOf(mode, 'b')] })
    expect(awaited(story)).toEqual({ one: 'not yet', commit, undo: 'past' })
    story.callDue()
    expect(awaited(story)).toEqual({ one: 'open', commit, undo: 'past' })
    story.answer('a', 'unknown')
    expect(awaited(story)).toEqual({ one: 'open', commit, undo: 'past' })
    story.answer('b', 'refused')
    expect(awaited(story)).toEqual({ one: 'past', commit: commit && 'past', undo: 'not yet' })
    story.callDue()
    expect(awaited(story)).toEqual({ one: 'past', commit: commit && 'past', undo: 'open' })
    story.answer('a', 'done')
    expect(story.status).toBe('ABORTED')
    expect(awaited(story)).toEqual({ one: 'past', commit: commit && 'past', undo: 'past' })
  })

  it('is past when its phase one is done, and open when its commit is called', () => {
    const story = given({ mode, branches: [branchOf(mode, 'a'), branchOf(mode, 'b', { after: ['a'] })] })
    story.callDue()
    story.answer('a', 'done')
    expect(awaited(story)).toEqual({ one: 'past', commit, undo: 'past' })
    story.callDue()
    story.answer('b', 'done')
    story.callDue()
    expect(awaited(story)).toEqual({ one: 'past', commit: commit && 'open', undo: 'past' })
  })
})

it('an answer to a query is awaited while the message is undecided', () => {
  const story = givenOpen(fieldsOf('message'), branchOf('message', 'a'))
  expect(awaits(story.transaction, undefined, 'query')).toBe('not yet')
  story.pass(60_000).callDue()
  expect(awaits(story.transaction, undefined, 'query')).toBe('open')
  story.answer(undefined, 'done')
  expect(awaits(story.transaction, undefined, 'query')).toBe('past')
})

it('an answer for a branch that is not there is for nobody', () => {
  expect(awaits(given({ branches: [branchOf('saga', 'a')] }).transaction, 'z', 'action')).toBeUndefined()
})
