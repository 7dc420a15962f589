import {
  BRANCHES_MAX,
  type BranchRequest,
  HEADERS_MAX,
  JSON_DEPTH_MAX,
  type Json,
  MAX_ATTEMPTS_MAX,
  MODES,
  type Mode,
  URL_MAX_LENGTH,
} from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { branchOf, RULES } from '../../test/story.ts'
import { MODE_ROWS } from './modes.ts'
import { branchProblems } from './validate-branch.ts'
import { urlProblem } from './validate-url.ts'

const DAY_MS = 86_400_000

/** The paths of what is wrong with a branch. */
function problemsOf(branch: unknown, mode: Mode = 'saga'): string[] {
  return branchProblems(branch as BranchRequest, mode, '', RULES).map(({ path }) => path)
}

/** An array in an array in an array …, `depth` of them. */
function nested(depth: number): Json {
  let value: Json = 0
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

describe('a branch', () => {
  it.each(MODES)('of a %s may name every call of its mode', (mode) => {
    expect(problemsOf(branchOf(mode, 'a'), mode)).toEqual([])
  })

  it.each(MODES)('of a %s may leave out every call', (mode) => {
    expect(problemsOf({ branchId: 'a' }, mode)).toEqual([])
    const empty = Object.fromEntries(MODE_ROWS[mode].urls.map((field) => [field, '']))
    expect(problemsOf({ branchId: 'a', ...empty }, mode)).toEqual([])
  })

  const FIELDS = ['action', 'compensate', 'confirm', 'cancel', 'commit', 'rollback'] as const
  const foreign = MODES.flatMap((mode) =>
    FIELDS.filter((field) => !MODE_ROWS[mode].urls.includes(field)).map((field) => ({ mode, field })),
  )
  it.each(foreign)('of a $mode names no $field', ({ mode, field }) => {
    expect(problemsOf({ branchId: 'a', [field]: 'http://a/' }, mode)).toEqual([field])
  })

  it('is named where it stands', () => {
    expect(
      branchProblems({ branchId: '', headers: { 'a b': '' } }, 'saga', 'branches[2]', RULES),
    ).toMatchObject([{ path: 'branches[2].branch_id' }, { path: 'branches[2].headers' }])
  })

  it.each([
    '',
    'a/b',
    'a b',
    "a'",
    'a%20',
    'ä',
    'a\n',
    'x'.repeat(65),
    'x'.repeat(10_240),
    undefined,
    null,
    7,
    {},
  ])('is not named %j', (branchId) => {
    expect(problemsOf({ branchId })).toContain('branch_id')
  })

  it.each(['a', 'A-9_z', '__proto__', 'constructor', 'x'.repeat(64)])('may be named %s', (branchId) => {
    expect(problemsOf({ branchId })).toEqual([])
  })

  it('may be driven by the application where there is a phase one, the pivot excepted', () => {
    for (const mode of ['saga', 'tcc', 'xa'] as const) {
      expect(problemsOf(branchOf(mode, 'a', { drivenBy: 'application' }), mode)).toEqual([])
    }
    expect(problemsOf(branchOf('message', 'a', { drivenBy: 'application' }), 'message')).toEqual([
      'driven_by',
    ])
    expect(problemsOf(branchOf('saga', 'a', { drivenBy: 'application', pivot: true }))).toEqual(['pivot'])
  })

  it('is the pivot of a saga only', () => {
    expect(problemsOf(branchOf('saga', 'a', { pivot: true }))).toEqual([])
    for (const mode of ['tcc', 'xa', 'message'] as const) {
      expect(problemsOf(branchOf(mode, 'a', { pivot: true }), mode)).toEqual(['pivot'])
      expect(problemsOf(branchOf(mode, 'a', { pivot: false }), mode)).toEqual([])
    }
  })

  it('comes after others, not after itself, and after no name that can not be one', () => {
    expect(problemsOf({ branchId: 'a', after: ['b', 'c', 'b'] })).toEqual([])
    expect(problemsOf({ branchId: 'a', after: ['b', 'a'] })).toEqual(['after'])
    expect(problemsOf({ branchId: 'a', after: ['b/c'] })).toEqual(['after'])
    expect(problemsOf({ branchId: 'a', after: Array(BRANCHES_MAX + 1).fill('b') })).toEqual(['after'])
  })

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('is called by %s', (method) => {
    expect(problemsOf({ branchId: 'a', method })).toEqual([])
  })

  it.each(['post', 'TRACE', 'CONNECT', ''])('is not called by %j', (method) => {
    expect(problemsOf({ branchId: 'a', method })).toEqual(['method'])
  })

  it.each([
    ['timeout_ms', DAY_MS, (timeoutMs: number) => ({ timeoutMs })],
    ['retry.interval_ms', DAY_MS, (intervalMs: number) => ({ retry: { intervalMs } })],
    ['retry.max_interval_ms', DAY_MS, (maxIntervalMs: number) => ({ retry: { maxIntervalMs } })],
    ['retry.max_attempts', MAX_ATTEMPTS_MAX, (maxAttempts: number) => ({ retry: { maxAttempts } })],
  ])('has a %s from 1 to %d', (path, most, field) => {
    for (const value of [1, most]) expect(problemsOf({ branchId: 'a', ...field(value) })).toEqual([])
    for (const value of [0, -1, 1.5, most + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(problemsOf({ branchId: 'a', ...field(value) })).toEqual([path])
    }
  })

  it.each(['payload', 'undoPayload'])('has a %s of bounded depth', (field) => {
    const path = field === 'payload' ? 'payload' : 'undo_payload'
    expect(problemsOf({ branchId: 'a', [field]: nested(JSON_DEPTH_MAX) })).toEqual([])
    expect(problemsOf({ branchId: 'a', [field]: nested(JSON_DEPTH_MAX + 1) })).toEqual([path])
    expect(problemsOf({ branchId: 'a', [field]: nested(100_000) })).toEqual([path])
  })

  it.each(['a', '/a~2', '/~', `/${'x'.repeat(1_024)}`])('reads no result at %.20j', (pointer) => {
    expect(problemsOf({ branchId: 'a', payload: [{ $result: 'b', pointer }] })).toEqual(['payload'])
    expect(problemsOf({ branchId: 'a', undoPayload: { x: { $result: 'b', pointer } } })).toEqual([
      'undo_payload',
    ])
  })

  it.each(['', '/', '/a/0/~0~1', undefined])('reads a result at %j', (pointer) => {
    expect(problemsOf({ branchId: 'a', payload: { $result: 'b', pointer } })).toEqual([])
  })

  it('reads no result of a name that can not be one', () => {
    expect(problemsOf({ branchId: 'a', payload: { $result: 'b/c' } })).toEqual(['payload'])
  })

  it('reads its own result in its undo only', () => {
    expect(problemsOf({ branchId: 'a', payload: { $result: 'a' } })).toEqual(['payload'])
    expect(problemsOf({ branchId: 'a', undoPayload: { $result: 'a' } })).toEqual([])
  })
})

describe('the headers of a branch', () => {
  const pathsOf = (headers: Record<string, unknown>) => problemsOf({ branchId: 'a', headers })

  it('are names and values that every transport can carry', () => {
    expect(pathsOf({ 'X-Tenant': 'a b\tc é', authorization: '' })).toEqual([])
    for (const name of ['', 'a b', 'a:', 'ä', 'a\r\nb', '__proto__', 'x'.repeat(129)]) {
      expect(pathsOf(Object.fromEntries([[name, '']]))).toEqual(['headers'])
    }
    for (const value of ['a\nb', 'a\r\nx: y', '\0', '€', 'x'.repeat(4_097), 7, null]) {
      expect(pathsOf({ x: value })).toEqual(['headers.x'])
    }
  })

  it.each([
    'host',
    'Content-Length',
    'transfer-encoding',
    'Connection',
    'Assent-Gid',
    'assent-x',
    'Idempotency-Key',
  ])('leave %s to the coordinator', (name) => {
    expect(pathsOf({ [name]: '1' })).toEqual([`headers.${name}`])
  })

  it('are bounded', () => {
    const headers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, '']))
    expect(pathsOf(headers(HEADERS_MAX))).toEqual([])
    expect(pathsOf(headers(HEADERS_MAX + 1))).toEqual(['headers'])
  })
})

describe('a URL', () => {
  it.each([
    'http://host',
    'https://host:8443/path?query=1#x',
    'HTTP://HOST/',
    'http://[::1]:80/',
    'local:name',
    'local:/a/b',
    'kafka:payments/Pay',
  ])('may be %s', (url) => {
    expect(urlProblem(url, RULES)).toBeUndefined()
  })

  it.each([
    '/path',
    'host/path',
    '//host/path',
    'ftp://host/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http:',
    'http:host',
    'http:///path',
    'http://user:password@host/',
    'http://user@host/',
    'http://a\\@host/',
    'http://host/a b',
    'http://host/a\nb',
    'http://host/ä',
    'http://hóst/',
    'http://forbidden/',
    'kafka:payments',
    'kafka:payments/Pay/now',
    'kafka://payments/Pay',
    'kafka:forbidden/Pay',
    `http://host/${'x'.repeat(URL_MAX_LENGTH)}`,
    7,
    {},
  ])('may not be %s', (url) => {
    expect(urlProblem(url as string, RULES)).toBeTypeOf('string')
  })
})
