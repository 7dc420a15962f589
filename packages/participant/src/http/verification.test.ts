import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { signedHeaders } from '../../test/signing.ts'
import { type Verification, verifier } from './verification.ts'

const SECRET = 'the-secret-of-today'
const NEXT = 'the-secret-of-tomorrow'
const OTHER = 'the-secret-of-others'
const NOW = 1_700_000_000_000

const HEADERS = {
  'assent-gid': 'g',
  'assent-branch-id': 'b',
  'assent-op': 'compensate',
  'assent-mode': 'saga',
  'assent-phase': 'two',
  'assent-attempt': '1',
  'assent-action-outcome': 'done',
  'idempotency-key': 'g/b/compensate',
}
const CALL = { target: '/withdraw?x=1', body: '{"cents":30}' }

interface Changed {
  secrets?: readonly string[]
  at?: number
  headers?: Record<string, string | undefined>
  call?: Partial<typeof CALL & { method: string }>
}

/** What is wrong with a call that was signed and then changed. */
async function problem(verification: Partial<Verification> = {}, changed: Changed = {}) {
  const { secrets = [SECRET], at = NOW } = changed
  const signed = signedHeaders(HEADERS, CALL, { secrets, at })
  const headers: Record<string, string | undefined> = { ...signed, ...changed.headers }
  const call = { method: 'POST', ...CALL, ...changed.call, header: (name: string) => headers[name] }
  return verifier({ secret: SECRET, now: () => NOW, ...verification })(call)
}

describe('a signed call', () => {
  it('is one of our coordinator', async () => {
    expect(await problem()).toBeUndefined()
  })

  it.each([
    ['body', { body: '{"cents":31}' }],
    ['path', { target: '/deposit?x=1' }],
    ['query', { target: '/withdraw?x=2' }],
    ['method', { method: 'PUT' }],
  ])('is none with another %s', async (_what, call) => {
    expect(await problem({}, { call })).toMatch(/no secret of this service gives the signature/)
  })

  it.each(Object.keys(HEADERS))('is none with another %s, or without', async (name) => {
    expect(await problem({}, { headers: { [name]: 'other' } })).toMatch(/no secret of this service/)
    expect(await problem({}, { headers: { [name]: undefined } })).toMatch(/no secret of this service/)
  })

  it('is none when what stands in one place is moved to the next', async () => {
    const moved = { 'assent-gid': 'g\nb', 'assent-branch-id': undefined }
    expect(await problem({}, { headers: moved })).toMatch(/no secret of this service/)
  })

  it('is none with the secret of somebody else, with half a signature, or without any', async () => {
    expect(await problem({}, { secrets: [OTHER] })).toMatch(/no secret of this service/)
    const name = 'assent-signature'
    expect(await problem({}, { headers: { [name]: undefined } })).toBe(
      'the call has no header assent-signature',
    )
    expect(await problem({}, { headers: { [name]: 't=1700000000,v1=abcd' } })).toMatch(/can not be read/)
    expect(await problem({}, { headers: { [name]: `t=1700000001,v1=${'0'.repeat(64)}` } })).toMatch(
      /no secret/,
    )
  })

  it('is none when it is repeated later than is tolerated, or signed in the future', async () => {
    const minute = 60_000
    expect(await problem({}, { at: NOW - 5 * minute })).toBeUndefined()
    expect(await problem({}, { at: NOW + 5 * minute })).toBeUndefined()
    expect(await problem({}, { at: NOW - 6 * minute })).toMatch(
      'is 360 s off the clock of this service, 300 s are',
    )
    expect(await problem({}, { at: NOW + 6 * minute })).toMatch('is 360 s off')
    expect(await problem({ toleranceMs: minute }, { at: NOW - 2 * minute })).toMatch('is 120 s off')
    expect(await problem({ toleranceMs: 10 * minute }, { at: NOW - 6 * minute })).toBeUndefined()
  })

  it('is one while secrets are changed, whoever has the new one first', async () => {
    expect(await problem({ secret: [NEXT, SECRET] }, { secrets: [SECRET] })).toBeUndefined()
    expect(await problem({ secret: SECRET }, { secrets: [NEXT, SECRET] })).toBeUndefined()
    expect(await problem({ secret: [NEXT, SECRET] }, { secrets: [OTHER] })).toMatch(/no secret/)
    expect(await problem({ secret: NEXT }, { secrets: [SECRET] })).toMatch(/no secret/)
  })

  it('is one behind a proxy that takes a part off the path, if that is said', async () => {
    const call = { target: '/x?y=1' }
    const signed = signedHeaders(
      HEADERS,
      { ...CALL, target: '/orders/x?y=1' },
      { secrets: [SECRET], at: NOW },
    )
    const verify = verifier({ secret: SECRET, behind: '/orders', now: () => NOW })
    expect(await verify({ ...CALL, ...call, method: 'POST', header: (name) => signed[name] })).toBeUndefined()
  })
})

it('no service is opened with a secret that can be guessed', () => {
  expect(() => verifier({ secret: 'changeme' })).toThrow(TypeError)
  expect(() => verifier({ secret: [] })).toThrow(TypeError)
  const unset: Partial<Verification> = { secret: undefined }
  expect(() => verifier(unset as Verification)).toThrow('is the variable set that it comes from?')
})

it('the example that the documentation gives is verified', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/participants.md'), 'utf8')
  const signature = /^assent-signature: (.+)$/m.exec(page)?.[1]
  const headers: Record<string, string | undefined> = {
    'assent-gid': 'transfer-1',
    'assent-branch-id': 'take',
    'assent-op': 'action',
    'assent-mode': 'saga',
    'assent-phase': 'one',
    'assent-attempt': '1',
    'idempotency-key': 'transfer-1/take/action',
    'assent-signature': signature,
  }
  const verify = verifier({ secret: 'an example of a secret', now: () => NOW })
  const call = { method: 'POST', target: '/withdraw?x=1', body: '{"cents":30}' }
  expect(await verify({ ...call, header: (name) => headers[name] })).toBeUndefined()
})
