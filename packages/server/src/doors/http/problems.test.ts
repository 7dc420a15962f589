import { ListQuerySchema, RunBody, StartBody } from '@assent/contract/schemas'
import { describe, expect, it } from 'vitest'
import { PROBLEMS_MAX } from './limits.ts'
import { problemsOf } from './problems.ts'
import { allErrors, compile } from './validation.ts'

const wrongWith = (body: unknown, schema: object = RunBody): string[] =>
  problemsOf(allErrors(schema, 'body', body)).map(({ path, problem }) => `${path}: ${problem}`)

const run = (branch: object) => ({ branches: [branch] })

describe('what a validator found', () => {
  it('names a missing field', () => {
    expect(wrongWith({})).toEqual(['branches: is required'])
  })

  it('names the nearest known name of an unknown field, or all that there are', () => {
    expect(wrongWith(run({ branchId: '01' }))).toEqual([
      'branches[0].branchId: is not known; did you mean branch_id?',
    ])
    expect(wrongWith({ colour: 'red' }, StartBody)).toEqual([
      'colour: is not known; there are gid, mode, name, version, labels, payload, query, options',
    ])
  })

  it.each([
    [run({ pivot: 'yes' }), 'branches[0].pivot: must be a boolean and is a string'],
    [run({ pivot: null }), 'branches[0].pivot: must be a boolean and is null'],
    [run({ after: {} }), 'branches[0].after: must be an array and is an object'],
    [
      run({ timeout_ms: 1.5 }),
      'branches[0].timeout_ms: must be a whole number of milliseconds and is a number with a fraction',
    ],
    [run({ timeout_ms: 0 }), 'branches[0].timeout_ms: must be at least 1'],
    [run({ retry: { max_attempts: 2_000_000 } }), 'branches[0].retry.max_attempts: must be at most 1000000'],
    [run({ method: 'BREW' }), 'branches[0].method: must be one of GET, POST, PUT, PATCH, DELETE'],
    [run({ action: 'x'.repeat(3_000) }), 'branches[0].action: must have at most 2048 characters'],
    [
      run({ headers: { 'a\nb': 'c' } }),
      'branches[0].headers: has the key "a\\nb", which must be a header name',
    ],
    [
      run({ headers: { a: 'b\r\nc' } }),
      'branches[0].headers.a: must be a header value without control characters',
    ],
    [run({ after: ['a b'] }), 'branches[0].after[0]: must be 1 to 64 of A-Z a-z 0-9 - _'],
    [{ branches: [], gid: '' }, 'gid: must be 1 to 64 of A-Z a-z 0-9 - _'],
    [{ branches: [], name: '' }, 'name: must not be empty'],
    [{ branches: [], wait: 'long' }, 'wait: must be true (30 seconds) or milliseconds up to 300000'],
    [
      { branches: [], labels: { 'a:b': 'c' } },
      'labels: has the key "a:b", which must be a key without a colon',
    ],
    [
      {
        branches: [],
        labels: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, ''])),
      },
      'labels: may hold at most 16 pairs',
    ],
    [{ branches: Array(1_001).fill({}) }, 'branches: may hold at most 1000, and holds 1001'],
    [[], ': must be an object and is an array'],
  ])('says of %j what it must be', (body, said) => {
    expect(wrongWith(body)).toEqual([said])
  })

  it('names everything that is wrong at once, up to a limit', () => {
    const body = { gid: 'a/b', branches: [{ action: 1 }, { pivot: 2 }], wait: -1 }
    expect(wrongWith(body)).toHaveLength(4)
    expect(wrongWith({ branches: Array(500).fill({ action: 1 }) })).toHaveLength(PROBLEMS_MAX)
  })
})

describe('a query string', () => {
  const read = (query: Record<string, unknown>) => {
    const validate = compile(ListQuerySchema, 'querystring')
    const value = { ...query }
    return validate(value) ? value : problemsOf(validate.errors ?? [])[0]?.problem
  }

  it('is read as what the schema wants', () => {
    expect(read({ limit: '7', attention: 'true', created_after: '17' })).toEqual({
      limit: 7,
      attention: true,
      created_after: 17,
    })
  })

  it.each([
    [{ limit: '1001' }, 'must be at most 1000'],
    [{ limit: '0' }, 'must be at least 1'],
    [{ limit: '' }, 'must be an integer and is a string'],
    [{ limit: ['1', '2'] }, 'must be an integer and is an array'],
    [{ attention: 'maybe' }, 'must be a boolean and is a string'],
    [{ status: 'DONE' }, 'must be one of PREPARED, SUBMITTED, COMMITTING, COMMITTED, ABORTING, ABORTED'],
    [{ label: 'colour' }, 'must be key:value; the key ends at the first colon'],
  ])('refuses %j', (query, problem) => {
    expect(read(query)).toBe(problem)
  })
})

describe('a body', () => {
  it('is taken as it was sent: nothing is stripped, turned into another type, or filled in', () => {
    const validate = compile(StartBody, 'body')
    const body = { payload: { anything: [1, '2', null] }, labels: {} }
    expect(validate(body)).toBe(true)
    expect(body).toEqual({ payload: { anything: [1, '2', null] }, labels: {} })
    expect(validate({ version: '1' })).toBe(false)
    expect(validate({ extra: 1 })).toBe(false)
  })
})
