import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { systemClock } from '@assent/coordinator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callTo, NEVER } from '../../test/calls.ts'
import { CERTIFICATE, startHttps } from '../../test/https-participant.ts'
import { http } from './transport.ts'

describe('a call over HTTPS', () => {
  const trusted = getCACertificates()
  let participant: Awaited<ReturnType<typeof startHttps>>

  beforeEach(async () => {
    participant = await startHttps()
  })

  afterEach(async () => {
    setDefaultCACertificates(trusted)
    await participant.close()
  })

  async function callHost(host: string) {
    const transport = http({ clock: systemClock })
    const answer = await transport.call(callTo(`https://${host}:${participant.port}/`), NEVER)
    await transport.close()
    return answer
  }

  it('reaches a participant whose certificate the process trusts', async () => {
    setDefaultCACertificates([...trusted, CERTIFICATE])
    expect(await callHost('127.0.0.1')).toMatchObject({ outcome: 'done', result: 'over TLS' })
  })

  it('tells no other participant anything', async () => {
    const error = expect.stringMatching(/could not connect.*certificate/)
    expect(await callHost('127.0.0.1')).toMatchObject({ outcome: 'unknown', error })
  })

  it('tells nothing to a participant whose certificate is for another name', async () => {
    setDefaultCACertificates([...trusted, CERTIFICATE])
    const error = expect.stringMatching(/could not connect.*does not match certificate/)
    expect(await callHost('localhost')).toMatchObject({ outcome: 'unknown', error })
  })
})
