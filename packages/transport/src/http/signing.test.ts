import { createHmac } from 'node:crypto'
import { readSignature, signedText } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { callTo } from '../../test/calls.ts'
import { HandClock } from '../../test/hand-clock.ts'
import { readAddress } from './address.ts'
import { dispatchOptions } from './request.ts'
import { signer } from './signing.ts'

const OLD = 'the-secret-of-yesterday'
const NEW = 'the-secret-of-tomorrow'

function headersOf(secrets: readonly string[] | undefined, body: object | undefined) {
  const clock = new HandClock()
  void clock.pass(1_700_000_000_900)
  const call = callTo('http://bank/withdraw?x=1', { body: body as never })
  const sign = secrets && signer(secrets, clock)
  const options = dispatchOptions(call, readAddress(call.url)!, sign)
  const list = options.headers as string[]
  const headers = Object.fromEntries(
    list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]!]] : [])),
  )
  return { call, headers, body: (options.body ?? '') as string }
}

describe('a call of a transport with secrets', () => {
  it.each([{ cents: 30 }, undefined])('is signed with each of them, over what is sent: %j', (body) => {
    const sent = headersOf([OLD, NEW], body)
    const { seconds, signatures } = readSignature(sent.headers['assent-signature']!)!
    expect(seconds).toBe(1_700_000_000)
    const signed = { method: 'POST', target: '/withdraw?x=1', body: sent.body }
    const text = signedText({ ...signed, header: (name) => sent.headers[name] }, seconds)
    expect(signatures).toEqual(
      [OLD, NEW].map((secret) => createHmac('sha256', secret).update(text).digest('hex')),
    )
  })

  it('is not signed without', () => {
    expect(headersOf(undefined, {}).headers).not.toHaveProperty('assent-signature')
  })

  it('is never signed with what can be guessed', () => {
    expect(() => signer(['changeme'], new HandClock())).toThrow(/at least 16 characters/)
    expect(() => signer([], new HandClock())).toThrow(TypeError)
  })
})
