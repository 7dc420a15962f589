import { describe, expect, it } from 'vitest'
import { problemWithSecrets, readSignature, signedText, writeSignature } from './signature.ts'

const SIGNATURE = 'ab'.repeat(32)

describe('the text that is signed', () => {
  const call = { method: 'POST', target: '/withdraw?x=1', body: '{"cents":30}' }

  it('is when, how, where, which call, and its body', () => {
    const headers: Record<string, string> = {
      'assent-gid': 'g',
      'assent-branch-id': 'b',
      'assent-op': 'compensate',
      'assent-mode': 'saga',
      'assent-phase': 'two',
      'assent-attempt': '3',
      'assent-action-outcome': 'unknown',
      'idempotency-key': 'g/b/compensate',
      traceparent: 'not covered',
    }
    expect(signedText({ ...call, header: (name) => headers[name] }, 1_700_000_000)).toBe(
      'v1\n1700000000\nPOST\n/withdraw?x=1\ng\nb\ncompensate\nsaga\ntwo\n3\nunknown\ng/b/compensate\n{"cents":30}',
    )
  })

  it('keeps the place of what is absent', () => {
    const text = signedText({ ...call, header: () => undefined, body: '' }, 1)
    expect(text).toBe(`v1\n1\nPOST\n/withdraw?x=1\n${'\n'.repeat(8)}`)
  })
})

describe('the header of a signature', () => {
  it('is read as it was written', () => {
    const header = writeSignature(1_700_000_000, [SIGNATURE, SIGNATURE])
    expect(header).toBe(`t=1700000000,v1=${SIGNATURE},v1=${SIGNATURE}`)
    expect(readSignature(header)).toEqual({ seconds: 1_700_000_000, signatures: [SIGNATURE, SIGNATURE] })
  })

  it('may hold versions that are not known yet', () => {
    expect(readSignature(`t=1, v0=x, v1=${SIGNATURE}, v2=y`)).toEqual({ seconds: 1, signatures: [SIGNATURE] })
  })

  it.each([
    '',
    't=1',
    `v1=${SIGNATURE}`,
    `t=-1,v1=${SIGNATURE}`,
    `t=1e3,v1=${SIGNATURE}`,
    `t=1,v1=${SIGNATURE.toUpperCase()}`,
    't=1,v1=abcd',
    `t=1${`,v1=${SIGNATURE}`.repeat(4)}`,
  ])('is none: %j', (header) => {
    expect(readSignature(header)).toBeUndefined()
  })
})

describe('secrets', () => {
  it('are one to three, and long enough not to be guessed', () => {
    const secret = 'x'.repeat(16)
    expect(problemWithSecrets([secret])).toBeUndefined()
    expect(problemWithSecrets([secret, secret, secret])).toBeUndefined()
    expect(problemWithSecrets([])).toContain('at least one')
    expect(problemWithSecrets([secret, secret, secret, secret])).toContain('at most 3')
    expect(problemWithSecrets([secret, 'short'])).toContain('at least 16')
  })
})
