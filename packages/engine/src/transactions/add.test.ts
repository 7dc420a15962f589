import { BRANCHES_MAX, MODES, type Problem, RESULT_MAX_BYTES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, fieldsOf, given, givenOpen, RULES, refusalOf } from '../../test/story.ts'
import { add } from './add.ts'

const open = () => givenOpen({ mode: 'tcc' })
const problemAt = (act: () => unknown) => {
  const { code, details } = refusalOf(act)
  expect(code).toBe('INVALID_REQUEST')
  return (details as readonly Problem[]).map(({ path }) => path)
}

describe('a branch that is added', () => {
  it.each(MODES)('is PREPARED, and calls nothing before submit (%s)', (mode) => {
    const story = givenOpen(fieldsOf(mode), branchOf(mode, 'a'))
    expect(story.statuses).toBe('PREPARED')
    expect(story.due).toEqual([])
    expect(story.branch('a')).toMatchObject({ drivenBy: 'coordinator', maybeDone: false, attemptCount: 0 })
  })

  it('is maybe done from its registration on when the application drives it', () => {
    const story = open().add(branchOf('tcc', 'a', { drivenBy: 'application' }))
    expect(story.branch('a').maybeDone).toBe(true)
    expect(story.abort().due).toEqual(['a cancel'])
  })

  it('is not tried before the branches whose results it reads are done', () => {
    const story = open()
    const reader = branchOf('tcc', 'b', { envelope: true, reads: ['a'] })
    expect(problemAt(() => story.try(reader, 5_000))).toEqual(['reads'])
    story.try(branchOf('tcc', 'a'), 5_000)
    expect(problemAt(() => story.try(reader, 5_000))).toEqual(['reads'])
    story.answer('a', 'done', { result: 1 }).try(reader, 5_000)
    expect(story.branch('b').status).toBe('ONGOING')
  })

  it('starts the deadline when it is the first that the application drives', () => {
    const story = open().add(branchOf('tcc', 'a'))
    expect(story.transaction.deadline).toBeUndefined()
    story.now += 5
    story.add(branchOf('tcc', 'b', { drivenBy: 'application' }))
    const deadline = story.now + 60_000
    story.now += 5
    story.add(branchOf('tcc', 'c', { drivenBy: 'application' }))
    expect(story.transaction.deadline).toBe(deadline)
    expect(story.wakeAt).toBe(deadline)
    expect(story.pass(59_994).status).toBe('PREPARED')
    expect(story.pass(1).transaction).toMatchObject({ status: 'ABORTING', reason: 'DEADLINE' })
  })

  it('changes nothing when the same content is there already, at any time', () => {
    const branch = branchOf('tcc', 'a')
    const story = open().add(branch)
    const { transaction } = story
    expect(story.add(branch).transaction).toBe(transaction)
    story.submit()
    const submitted = story.transaction
    expect(story.add(branch).transaction).toBe(submitted)
  })

  it('is a conflict when its id is in use with other content, or was tried', () => {
    const story = open().add(branchOf('tcc', 'a')).try(branchOf('tcc', 'b'))
    const other = branchOf('tcc', 'a', { payload: 1 })
    expect(refusalOf(() => story.add(other))).toMatchObject({ code: 'CONFLICT', details: { branch_id: 'a' } })
    expect(refusalOf(() => story.add(branchOf('tcc', 'b'))).code).toBe('CONFLICT')
  })

  it('is refused once the transaction is submitted, aborted or ended', () => {
    const stories = [
      given({ branches: [branchOf('saga', 'a')] }),
      given({ branches: [] }),
      givenOpen({}, branchOf('saga', 'a', { drivenBy: 'application' })).abort(),
      givenOpen({}).abort(),
    ]
    for (const story of stories) {
      expect(refusalOf(() => story.add(branchOf('saga', 'b')))).toMatchObject({
        code: 'INVALID_STATUS_TRANSITION',
        details: { from: story.status, to: 'PREPARED' },
      })
    }
  })

  it('is refused as one more than there can be', () => {
    let { transaction } = givenOpen({})
    const addition = (branchId: string) => ({ branch: { branchId }, content: '', tried: false, rules: RULES })
    for (let count = 0; count < BRANCHES_MAX; count++)
      transaction = add(transaction, addition(`b${count}`), 1)
    expect(problemAt(() => add(transaction, addition('more'), 1))).toEqual(['branch_id'])
  })
})

describe('a branch that is tried', () => {
  it('is driven by the application, and maybe done from its registration on', () => {
    const story = open().register(branchOf('tcc', 'a'), true)
    expect(story.branch('a')).toMatchObject({ drivenBy: 'application', tried: true, maybeDone: true })
    expect(story.transaction.deadline).toBe(story.now + 60_000)
  })

  it('needs something to call', () => {
    const { action: _, ...branch } = branchOf('tcc', 'a')
    expect(problemAt(() => open().register(branch, true))).toEqual(['action'])
  })

  it('has no meaning in a mode without phase one', () => {
    const story = givenOpen(fieldsOf('message'))
    expect(problemAt(() => story.register(branchOf('message', 'a'), true))).toEqual(['driven_by'])
  })

  it('can not be the pivot, which the coordinator drives', () => {
    const pivot = branchOf('saga', 'p', { pivot: true })
    expect(problemAt(() => givenOpen({}).register(pivot, true))).toEqual(['pivot'])
  })

  it('reads a result that is there', () => {
    const story = open()
      .try(branchOf('tcc', 'a'))
      .answer('a', 'done', { result: { id: 7 } })
      .register(branchOf('tcc', 'b', { payload: { $result: 'a', pointer: '/id' } }), true)
    expect(story.statuses).toBe('SUCCEED PREPARED')
  })

  it.each([
    ['of no branch', undefined],
    ['that has nothing at the pointer', { other: 7 }],
    ['that was too long to keep', { id: 'x'.repeat(RESULT_MAX_BYTES) }],
  ])('is not called without a result that its payload needs: one %s', (_, result) => {
    const story = open()
    if (result !== undefined) story.try(branchOf('tcc', 'a')).answer('a', 'done', { result })
    const reader = branchOf('tcc', 'b', { payload: { $result: 'a', pointer: '/id' } })
    expect(problemAt(() => story.register(reader, true))).toEqual(['payload'])
  })
})
