import {
  BRANCHES_MAX,
  type BranchRequest,
  DEFAULT_OPTIONS,
  JSON_DEPTH_MAX,
  type Json,
  LABELS_MAX,
  MODES,
  OPTION_BOUNDS,
  type Problem,
  type RunRequest,
  type StartRequest,
} from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { acceptance, BEGINNING, branchOf, fieldsOf, refusalOf } from '../../test/story.ts'
import { run, start } from './accept.ts'

/** The paths of what is wrong with a request. */
function problemsOf(request: unknown): string[] {
  const branches = (request as RunRequest).branches
  const { code, details } = refusalOf(() =>
    branches === undefined
      ? start(request as StartRequest, acceptance())
      : run(request as RunRequest, acceptance()),
  )
  expect(code).toBe('INVALID_REQUEST')
  return (details as readonly Problem[]).map(({ path }) => path)
}

function nested(depth: number): Json {
  let value: Json = 0
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

describe('a transaction that is started', () => {
  it('is PREPARED, a saga unless told otherwise, with the options that it names and the defaults', () => {
    const transaction = start(
      {
        name: 'transfer',
        version: 2,
        labels: { tenant: 'a' },
        options: { parallelism: 3, headers: { x: '2' } },
      },
      acceptance(5, { headers: { x: '1', y: '1' }, timeoutToFailMs: 9 }),
    )
    expect(transaction).toMatchObject({
      gid: 'g',
      mode: 'saga',
      name: 'transfer',
      version: 2,
      labels: { tenant: 'a' },
      status: 'PREPARED',
      submitted: false,
      content: 'hash',
      createdAt: 5,
      updatedAt: 5,
      options: { ...DEFAULT_OPTIONS, parallelism: 3, timeoutToFailMs: 9, headers: { x: '2', y: '1' } },
    })
    expect(transaction.deadline).toBeUndefined()
  })

  it('takes an option that is undefined for absent', () => {
    const { options } = start({ options: { parallelism: undefined } } as StartRequest, acceptance())
    expect(options.parallelism).toBe(10)
  })

  it('runs against its deadline from the start when it can be asked about', () => {
    const { deadline } = start(fieldsOf('message'), acceptance())
    expect(deadline).toBe(BEGINNING + DEFAULT_OPTIONS.timeoutToFailMs)
  })

  it.each(['', 'a/b', 'a%', "a'b", 'a\0', 'x'.repeat(65), 'x'.repeat(10_240), null, 7])(
    'has no gid like %j',
    (gid) => {
      expect(problemsOf({ gid })).toEqual(['gid'])
    },
  )

  it.each(['SAGA', 'msg', '', '__proto__', 'toString', 7])('has no mode %j', (mode) => {
    expect(problemsOf({ mode })).toEqual(['mode'])
    expect(problemsOf({ mode, branches: [branchOf('saga', 'a', { pivot: true })] })).toEqual(['mode'])
  })

  it.each([
    ['name', ['', 'x'.repeat(129), 7]],
    ['version', [-1, 0.5, Number.MAX_SAFE_INTEGER + 1, '1']],
  ])('has no %s out of bounds', (field, values) => {
    for (const value of values) expect(problemsOf({ [field]: value })).toEqual([field])
  })

  it('asks where a message is from, and only there', () => {
    expect(problemsOf({ mode: 'message' })).toEqual(['query'])
    expect(problemsOf({ mode: 'message', query: '' })).toEqual(['query'])
    expect(problemsOf({ mode: 'message', query: 'ftp://sender/' })).toEqual(['query'])
    for (const mode of ['saga', 'tcc', 'xa']) {
      expect(problemsOf({ mode, query: 'http://sender/' })).toEqual(['query'])
    }
  })

  it('has labels within bounds', () => {
    const labels = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, '']))
    expect(start({ labels: labels(LABELS_MAX) }, acceptance()).status).toBe('PREPARED')
    expect(problemsOf({ labels: labels(LABELS_MAX + 1) })).toEqual(['labels'])
    expect(problemsOf({ labels: { '': 'x' } })).toEqual(['labels'])
    expect(problemsOf({ labels: { 'a:b': 'x' } })).toEqual(['labels'])
    expect(problemsOf({ labels: { ['x'.repeat(65)]: '' } })).toEqual(['labels'])
    expect(problemsOf({ labels: { a: 'x'.repeat(257) } })).toEqual(['labels.a'])
    expect(problemsOf({ labels: { a: 7 } })).toEqual(['labels.a'])
  })

  it.each(Object.entries(OPTION_BOUNDS))('has a %s within bounds', (key, [least, most]) => {
    for (const value of [least, most]) {
      expect(start({ options: { [key]: value } }, acceptance()).status).toBe('PREPARED')
    }
    for (const value of [least - 1, most + 1, least + 0.5, Number.NaN, '1', null]) {
      expect(problemsOf({ options: { [key]: value } })).toEqual([`options.${key}`])
    }
  })

  it('has an order and headers that can be', () => {
    expect(problemsOf({ options: { order: 'random' } })).toEqual(['options.order'])
    expect(problemsOf({ options: { headers: { 'assent-gid': 'x' } } })).toEqual([
      'options.headers.assent-gid',
    ])
  })

  it('has a payload of bounded depth, whose references can be followed', () => {
    expect(start({ payload: nested(JSON_DEPTH_MAX) }, acceptance()).status).toBe('PREPARED')
    expect(problemsOf({ payload: nested(JSON_DEPTH_MAX + 1) })).toEqual(['payload'])
    expect(problemsOf({ payload: { $result: 'a', pointer: 'b' } })).toEqual(['payload'])
    expect(problemsOf({ payload: { $result: 'a/b' } })).toEqual(['payload'])
  })

  it('tells everything that is wrong at once', () => {
    expect(problemsOf({ gid: '/', name: '', options: { parallelism: 0 } })).toEqual([
      'gid',
      'name',
      'options.parallelism',
    ])
  })
})

describe('a transaction that is accepted whole', () => {
  it.each(MODES)('may hold as many branches as there can be, and no more (%s)', (mode) => {
    const branches = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ branchId: `b${index}` }))
    const fields = fieldsOf(mode)
    expect(run({ ...fields, branches: branches(BRANCHES_MAX) }, acceptance()).status).toBe('COMMITTED')
    expect(problemsOf({ ...fields, branches: branches(BRANCHES_MAX + 1) })).toEqual(['branches'])
  })

  it('is refused at once with a hundred thousand branches', () => {
    expect(problemsOf({ branches: Array(100_000).fill({ branchId: '/' }) })).toEqual(['branches'])
  })

  it('names each branch once', () => {
    const branches = [{ branchId: 'a' }, { branchId: 'b' }, { branchId: 'a' }]
    expect(problemsOf({ branches })).toEqual(['branches[2].branch_id'])
  })

  it('has no branch that the application drives', () => {
    expect(problemsOf({ branches: [branchOf('saga', 'a', { drivenBy: 'application' })] })).toEqual([
      'branches[0].driven_by',
    ])
  })

  it('tells what is wrong with each branch', () => {
    const branches = [
      { branchId: 'a', action: 'ftp://a/' },
      { branchId: 'b', confirm: 'http://b/' },
    ]
    expect(problemsOf({ branches })).toEqual(['branches[0].action', 'branches[1].confirm'])
  })

  it.each<[string, BranchRequest[], string]>([
    ['a branch after one that is not there', [{ branchId: 'a', after: ['z'] }], 'a.after'],
    ['a result of a branch that is not there', [{ branchId: 'a', payload: [{ $result: 'z' }] }], 'a.payload'],
    [
      'an undo that reads what is not there',
      [{ branchId: 'a', undoPayload: { $result: 'z' } }],
      'a.undo_payload',
    ],
    [
      'branches that wait for each other',
      [
        { branchId: 'a', after: ['c'] },
        { branchId: 'b', after: ['a'] },
        { branchId: 'c', payload: { $result: 'b' } },
      ],
      'branches',
    ],
    [
      'two pivots',
      [
        { branchId: 'a', pivot: true },
        { branchId: 'b', pivot: true },
      ],
      'branches',
    ],
    [
      'an `after` that contradicts the pivot',
      [{ branchId: 'a', after: ['b'] }, { branchId: 'p', pivot: true }, { branchId: 'b' }],
      'branches',
    ],
    [
      'a pivot after what follows it',
      [{ branchId: 'p', pivot: true, after: ['b'] }, { branchId: 'b' }],
      'branches',
    ],
    [
      'an undo behind the pivot',
      [
        { branchId: 'p', pivot: true },
        { branchId: 'b', compensate: 'http://b/' },
      ],
      'b.compensate',
    ],
  ])('has no %s', (_, branches, path) => {
    expect(problemsOf({ branches })).toEqual([path])
  })

  it('has no sequential order that `after` contradicts', () => {
    const branches = [{ branchId: 'a', after: ['b'] }, { branchId: 'b' }]
    expect(problemsOf({ branches, options: { order: 'sequential' } })).toEqual(['branches'])
  })

  it('has no payload of its own that reads a branch which is called with it', () => {
    const payload = { $result: 'a' }
    expect(problemsOf({ payload, branches: [{ branchId: 'a' }] })).toEqual(['branches'])
    expect(problemsOf({ payload, branches: [{ branchId: 'b' }] })).toEqual(['payload'])
    const read = run({ payload, branches: [{ branchId: 'a', payload: 1 }, { branchId: 'b' }] }, acceptance())
    expect(read.branches.map(({ after }) => after)).toEqual([[], [0]])
  })

  it('tells the first hundred of all that is wrong, and how much more there is', () => {
    const branches = Array.from({ length: BRANCHES_MAX }, (_, index) => ({
      branchId: `b${index}`,
      after: ['z'],
    }))
    const { details, message } = refusalOf(() => run({ branches }, acceptance()))
    expect(details).toHaveLength(100)
    expect(message).toBe('b0.after names z, which is no branch (and 999 more)')
  })

  it('tells once what is wrong with a payload that a thousand branches share', () => {
    const branches = Array.from({ length: BRANCHES_MAX }, (_, index) => ({ branchId: `b${index}` }))
    expect(problemsOf({ payload: { $result: 'z' }, branches })).toEqual(['payload'])
  })
})

describe('the order of the branches', () => {
  const orderOf = (request: RunRequest) => run(request, acceptance()).branches.map(({ after }) => after)

  it('is none unless somebody says so', () => {
    expect(orderOf({ branches: [branchOf('saga', 'a'), branchOf('saga', 'b')] })).toEqual([[], []])
  })

  it('is what `after` says and what results handed on imply, each once', () => {
    const c = branchOf('saga', 'c', {
      after: ['a', 'a'],
      payload: [{ $result: 'a' }, { $result: 'b', pointer: '/x' }],
    })
    expect(orderOf({ branches: [branchOf('saga', 'a'), branchOf('saga', 'b'), c] })).toEqual([[], [], [0, 1]])
  })

  it('is implied by what an undo reads, its own result excepted', () => {
    const a = branchOf('saga', 'a', { undoPayload: [{ $result: 'b' }, { $result: 'a' }] })
    expect(orderOf({ branches: [a, branchOf('saga', 'b')] })).toEqual([[1], []])
  })

  it('is one after another where it is sequential', () => {
    const branches = ['a', 'b', 'c'].map((name) => branchOf('saga', name))
    expect(orderOf({ branches, options: { order: 'sequential' } })).toEqual([[], [0], [1]])
  })

  it('puts all listed before the pivot before it and all listed behind it after it', () => {
    const branches = [
      { branchId: 'a' },
      { branchId: 'b' },
      { branchId: 'p', pivot: true, action: 'http://p/' },
      { branchId: 'c' },
      { branchId: 'd' },
    ]
    const accepted = run({ branches }, acceptance())
    expect(accepted.branches.map(({ after }) => after)).toEqual([[], [], [0, 1], [2], [2]])
    expect(accepted.branches.map(({ follower }) => follower)).toEqual([false, false, false, true, true])
  })

  it('knows whose results are read by a call of another branch', () => {
    const readOf = (request: RunRequest) => run(request, acceptance()).branches.map(({ read }) => read)
    const [a, b] = [branchOf('saga', 'a'), branchOf('saga', 'b')]
    expect(readOf({ branches: [a, b] })).toEqual([false, false])
    expect(readOf({ branches: [a, { ...b, payload: { $result: 'a' } }] })).toEqual([true, false])
    expect(readOf({ branches: [a, { ...b, undoPayload: [{ $result: 'a' }, { $result: 'b' }] }] })).toEqual([
      false,
      false,
    ])
    const envelope = branchOf('saga', 'c', { after: ['b'], envelope: true })
    expect(readOf({ branches: [a, { ...b, after: ['a'] }, envelope] })).toEqual([true, true, false])
  })
})
