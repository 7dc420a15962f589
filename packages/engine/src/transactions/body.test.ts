import {
  type BranchRequest,
  JSON_DEPTH_MAX,
  type Json,
  RESULT_MAX_BYTES,
  RESULTS_MAX_BYTES,
} from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { acceptance, branchOf, given, givenOpen, type Story } from '../../test/story.ts'
import { run } from './accept.ts'
import { advance } from './advance.ts'
import { callOf } from './call.ts'
import { due } from './due.ts'

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

describe('results handed on', () => {
  const reader = (payload: Json, more: Partial<BranchRequest> = {}) => {
    const story = given({
      branches: [branchOf('saga', 'a'), branchOf('saga', 'b', { payload, ...more })],
    })
    return (result: Json | undefined) => {
      story.callDue()
      story.answer('a', 'done', result === undefined ? {} : { result })
      return story
    }
  }

  it('stand where the payload refers to them, by JSON Pointer', () => {
    const story = reader({
      whole: { $result: 'a' },
      deep: [{ $result: 'a', pointer: '/items/1/id' }, 'x'],
      odd: { $result: 'a', pointer: '/a~1b~0c' },
      nothing: { $result: 'a', pointer: '/nothing' },
    })({ items: [{ id: 1 }, { id: 2 }], 'a/b~c': true, nothing: null })
    expect(bodyOf(story, 'b', 'action')).toEqual({
      whole: { items: [{ id: 1 }, { id: 2 }], 'a/b~c': true, nothing: null },
      deep: [2, 'x'],
      odd: true,
      nothing: null,
    })
  })

  it.each([
    ['lacks the pointer', { other: 1 }, '/id'],
    ['is no object there', { id: 1 }, '/id/x'],
    ['is a shorter list', [1], '/1'],
    ['is absent', undefined, ''],
    ['is too long to keep', 'x'.repeat(RESULT_MAX_BYTES), ''],
    ['inherits the name only', {}, '/constructor'],
  ])('refuse the branch without a call when the result %s', (_, result, pointer) => {
    const story = reader({ $result: 'a', pointer })(result)
    expect(story.branch('b')).toMatchObject({
      status: 'FAILED',
      op: 'action',
      reason: 'RESULT_MISSING',
      attemptCount: 0,
      refusal: { code: 'RESULT_MISSING' },
    })
    expect(story.transaction).toMatchObject({
      status: 'ABORTING',
      reason: 'RESULT_MISSING',
      failedBranch: 'b',
    })
    expect(story.callAndAnswer('done')).toEqual(['a compensate'])
    expect(story.statuses).toBe('COMPENSATED FAILED')
  })

  it('are no reference where anything else stands beside', () => {
    const story = reader({ x: { $result: 'a', note: 1 }, y: { $result: 7 } })(undefined)
    expect(bodyOf(story, 'b', 'action')).toEqual({ x: { $result: 'a', note: 1 }, y: { $result: 7 } })
  })

  it('become null in an undo, where they are missing', () => {
    const story = reader(1, { undoPayload: [{ $result: 'a', pointer: '/id' }, { $result: 'b' }, 'x'] })({})
    story.callAndAnswer('unknown')
    story.abort()
    expect(bodyOf(story, 'b', 'compensate')).toEqual([null, null, 'x'])
  })

  it('include its own in an undo', () => {
    const undoPayload = { id: { $result: 'b', pointer: '/id' } }
    const story = given({
      branches: [branchOf('saga', 'b', { payload: 1, undoPayload }), branchOf('saga', 'c')],
    })
    story.callDue()
    story.answer('b', 'done', { result: { id: 7 } }).answer('c', 'refused')
    expect(story.branch('b').told).toEqual({ outcome: 'done', result: { id: 7 } })
    expect(bodyOf(story, 'b', 'compensate')).toEqual({ id: 7 })
  })

  it('are told alike by every repeat of an undo, also one that did without them', () => {
    const own = { drivenBy: 'application' } as const
    const story = givenOpen({}, branchOf('saga', 'b', { ...own, payload: { $result: 'a' } }))
    story.try(branchOf('saga', 'a'), 5_000).abort()
    expect(story.callDue()).toEqual(['b compensate'])
    expect(bodyOf(story, 'b', 'compensate')).toBeNull()
    story.answer('a', 'done', { result: 1 }).answer('b', 'unknown')
    expect(story.branch('a').result).toBe(1)
    expect(bodyOf(story, 'b', 'compensate')).toBeNull()
    const envelope = givenOpen(
      {},
      branchOf('saga', 'b', { ...own, after: ['a'], envelope: true, payload: 2 }),
    )
    envelope.try(branchOf('saga', 'a'), 5_000).abort()
    envelope.answer('a', 'done', { result: 1 })
    expect(envelope.branch('a').result).toBe(1)
    expect(bodyOf(envelope, 'b', 'compensate')).toEqual({ payload: 2, results: {}, outcome: 'unknown' })
  })

  it('are kept once, however many undos carry them', () => {
    const payload = { of: { $result: 'a' }, text: 'x'.repeat(10_000) }
    const branches = [branchOf('saga', 'a', { payload: 1 })]
    for (let index = 0; index < 100; index++) {
      branches.push(branchOf('saga', `b${index}`, { after: ['a'], envelope: index % 2 === 0 }))
    }
    const story = given({ payload, branches, options: { parallelism: 1_000 } })
    story.callAndAnswer('done', { result: 'y'.repeat(10_000) })
    story.callAndAnswer('unknown')
    const before = JSON.stringify(story.transaction).length
    story.abort()
    expect(story.due).toHaveLength(100)
    expect(JSON.stringify(story.transaction).length).toBeLessThan(before + 100 * 100)
  })

  it('are filled into the payload that stands in for an undo payload', () => {
    const story = reader({ id: { $result: 'a', pointer: '/id' } })({ id: 7 })
    story.callAndAnswer('unknown')
    story.abort()
    expect(bodyOf(story, 'b', 'compensate')).toEqual({ id: 7 })
  })

  it('reach commit calls', () => {
    const story = given({
      mode: 'tcc',
      branches: [branchOf('tcc', 'a'), branchOf('tcc', 'b', { payload: { $result: 'a' } })],
    })
    story.callAndAnswer('done', { result: 1 })
    story.callAndAnswer('done', { result: 2 })
    expect(bodyOf(story, 'b', 'confirm')).toBe(1)
  })

  it('keep a value whose name is __proto__', () => {
    const payload = JSON.parse('{"__proto__": {"$result": "a"}, "x": 1}')
    const story = reader(payload)({ id: 7 })
    expect(JSON.stringify(bodyOf(story, 'b', 'action'))).toBe('{"__proto__":{"id":7},"x":1}')
  })
})

describe('an envelope', () => {
  const branches = [
    branchOf('saga', 'a'),
    branchOf('saga', 'b', { after: ['a'] }),
    branchOf('saga', 'c', { after: ['b'], envelope: true, payload: { of: { $result: 'a' } } }),
    branchOf('saga', 'd'),
  ]
  const ready = () => {
    const story = given({ branches })
    story.callDue()
    story.answer('a', 'done', { result: 1 }).answer('d', 'done', { result: 4 })
    story.callAndAnswer('done', { result: 2 })
    return story
  }

  it('holds the payload and the results of all that comes before the branch', () => {
    expect(bodyOf(ready(), 'c', 'action')).toEqual({ payload: { of: 1 }, results: { a: 1, b: 2 } })
  })

  it('holds in an undo what phase one came to, too', () => {
    const story = ready()
    story.callDue()
    story.abort().answer('c', 'done', { result: 3 })
    expect(bodyOf(story, 'c', 'compensate')).toEqual({
      payload: { of: 1 },
      results: { a: 1, b: 2 },
      outcome: 'done',
      result: 3,
    })
    const unknown = ready()
    unknown.callAndAnswer('unknown')
    unknown.abort()
    expect(bodyOf(unknown, 'c', 'compensate')).toEqual({
      payload: { of: 1 },
      results: { a: 1, b: 2 },
      outcome: 'unknown',
    })
  })

  it('holds in a commit call what phase one came to', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a', { envelope: true, payload: 1 })] })
    story.callAndAnswer('done', { result: { hold: 7 } })
    expect(bodyOf(story, 'a', 'confirm')).toEqual({
      payload: 1,
      results: {},
      outcome: 'done',
      result: { hold: 7 },
    })
  })

  it('says in a commit call that phase one is done where that had no result, and nothing where there was none', () => {
    const story = given({ mode: 'tcc', branches: [branchOf('tcc', 'a', { envelope: true, payload: 1 })] })
    story.callAndAnswer('done')
    expect(bodyOf(story, 'a', 'confirm')).toEqual({ payload: 1, results: {}, outcome: 'done' })
    const pivot = { branchId: 'p', pivot: true }
    const follower = { branchId: 'a', action: 'http://a/', envelope: true, payload: 1 }
    expect(bodyOf(given({ branches: [pivot, follower] }), 'a', 'action')).toEqual({ payload: 1, results: {} })
  })

  it('holds only the results that the branch reads, and comes after those', () => {
    const story = given({
      branches: [
        branchOf('saga', 'a'),
        branchOf('saga', 'b'),
        branchOf('saga', 'c', { envelope: true, payload: 1, reads: ['b'] }),
        branchOf('saga', 'd', { envelope: true, payload: 1, after: ['c'], reads: [] }),
      ],
    })
    expect(story.due).toEqual(['a action', 'b action'])
    story.callDue()
    story.answer('a', 'done', { result: 1 }).answer('b', 'done', { result: 2 })
    expect(bodyOf(story, 'c', 'action')).toEqual({ payload: 1, results: { b: 2 } })
    expect(bodyOf(story, 'd', 'action')).toEqual({ payload: 1, results: {} })
    expect(story.transaction.branches.map(({ read }) => read)).toEqual([false, true, false, false])
  })

  it('names the results that were too long to be kept, so that they are not taken for none', () => {
    const story = given({
      mode: 'tcc',
      branches: [
        branchOf('tcc', 'a', { envelope: true, payload: 1 }),
        branchOf('tcc', 'b', { envelope: true, payload: 1, after: ['a'] }),
      ],
    })
    story.callAndAnswer('done', { result: 'x'.repeat(RESULT_MAX_BYTES) })
    expect(bodyOf(story, 'b', 'try')).toEqual({ payload: 1, results: {}, omitted: ['a'] })
    story.callAndAnswer('done', { result: 2 })
    expect(bodyOf(story, 'a', 'confirm')).toEqual({
      payload: 1,
      results: {},
      omitted: ['a'],
      outcome: 'done',
    })
  })

  it('holds the result of a branch that is called __proto__', () => {
    const story = given({
      branches: [
        branchOf('saga', '__proto__'),
        branchOf('saga', 'b', { after: ['__proto__'], envelope: true, payload: 1 }),
      ],
    })
    story.callAndAnswer('done', { result: { id: 7 } })
    expect(JSON.stringify(bodyOf(story, 'b', 'action'))).toBe(
      '{"payload":1,"results":{"__proto__":{"id":7}}}',
    )
  })
})

describe('a result', () => {
  const kept = (...results: Json[]) => {
    const names = results.map((_, index) => `b${index}`)
    const story = given({ mode: 'tcc', branches: names.map((name) => branchOf('tcc', name)) })
    while (story.due.length > 0) {
      for (const name of story.callDue().map((call) => call.split(' ')[0]!)) {
        story.answer(name, 'done', { result: results[Number(name.slice(1))]! })
      }
      if (story.status !== 'SUBMITTED') break
    }
    return story.transaction.branches.map(({ result, resultOmitted }) =>
      resultOmitted === true ? 'omitted' : result !== undefined,
    )
  }
  /** A text whose JSON has this many bytes. */
  const text = (bytes: number) => 'x'.repeat(bytes - 2)

  it('is kept up to 64 KiB of UTF-8, and omitted beyond that, never cut', () => {
    expect(kept(text(RESULT_MAX_BYTES))).toEqual([true])
    expect(kept(text(RESULT_MAX_BYTES + 1))).toEqual(['omitted'])
    expect(kept('é'.repeat(RESULT_MAX_BYTES / 2))).toEqual(['omitted'])
    expect(kept('€'.repeat(RESULT_MAX_BYTES / 3 - 1))).toEqual([true])
    expect(kept('😀'.repeat(RESULT_MAX_BYTES / 4 - 1))).toEqual([true])
    expect(kept('😀'.repeat(RESULT_MAX_BYTES / 4))).toEqual(['omitted'])
  })

  it('is kept while all of them together have up to 1 MiB', () => {
    const most = RESULTS_MAX_BYTES / RESULT_MAX_BYTES
    const full = Array.from({ length: most }, () => text(RESULT_MAX_BYTES))
    expect(kept(...full, 1)).toEqual([...full.map(() => true), 'omitted'])
    expect(kept(...full.slice(1), text(RESULT_MAX_BYTES - 1), 1, 2)).toEqual([
      ...full.map(() => true),
      true,
      'omitted',
    ])
  })

  it('is omitted when it nests too deeply to be written down, or the transport left it out', () => {
    let deep: Json = 0
    for (let level = 0; level <= JSON_DEPTH_MAX; level++) deep = [deep]
    expect(kept(deep)).toEqual(['omitted'])
    const story = given({ branches: [branchOf('saga', 'a')] })
    story.callAndAnswer('done', { resultOmitted: true })
    expect(story.branch('a')).toMatchObject({ status: 'SUCCEED', resultOmitted: true })
  })

  it.each([null, false, 0, '', [], {}])('may be %j', (result) => {
    expect(kept(result)).toEqual([true])
  })
})

it('payload and results are looked at a few times for each branch, however much happens while it waits', () => {
  let looks = 0
  const watched = {
    get text() {
      looks += 1
      return 'long'
    },
  }
  const size = 100
  const payload = { watched, of: { $result: 'a', pointer: '/text' } }
  const branches: BranchRequest[] = [{ branchId: 'a', action: 'http://a/', payload: 1 }]
  while (branches.length < size) branches.push({ branchId: `b${branches.length}`, action: 'http://b/' })
  let transaction = run({ payload, branches, options: { parallelism: 1 } }, acceptance())
  for (let [call] = due(transaction, 1).calls; call !== undefined; [call] = due(transaction, 1).calls) {
    transaction = advance(transaction, { type: 'called', calls: [call] }, 1).transaction
    const { branchId, op, attempt } = callOf(transaction, call.branchId, call.op)
    const answered = { branchId: branchId!, op, attempt, at: 1, durationMs: 1, outcome: 'done' } as const
    const result = branchId === 'a' ? watched : 0
    transaction = advance(transaction, { type: 'answered', ...answered, result }, 1).transaction
  }
  expect(transaction.status).toBe('COMMITTED')
  expect(looks).toBeLessThan(10 * size)
})
