import { describe, expect, it } from 'vitest'
import { brokerOptions, configuredBroker } from './broker.ts'
import { readConfiguration } from './configuration/index.ts'

const valuesOf = (environment: Record<string, string>) =>
  readConfiguration({ environment: { KAFKA_BROKERS: 'a:9092,b:9092', ...environment }, folder: '/nowhere' })
    .values

describe('the configured broker', () => {
  it('is none where none is named', async () => {
    expect(await configuredBroker(valuesOf({ KAFKA_BROKERS: '' }))).toBeUndefined()
  })

  it('is spoken to plainly unless told', () => {
    expect(brokerOptions(valuesOf({}))).toEqual({ brokers: ['a:9092', 'b:9092'], clientId: 'assent' })
  })

  it('is spoken to over TLS, with the certificates that are named, and by an account', () => {
    expect(brokerOptions(valuesOf({ ASSENT_KAFKA_TLS: 'true' }))).toMatchObject({ tls: {} })
    const account = {
      ASSENT_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      ASSENT_KAFKA_SASL_USERNAME: 'assent',
      ASSENT_KAFKA_SASL_PASSWORD: 'hunter2',
    }
    const options = brokerOptions(valuesOf({ ASSENT_KAFKA_TLS_CA_FILE: import.meta.filename, ...account }))
    expect(options.sasl).toEqual({ mechanism: 'SCRAM-SHA-512', username: 'assent', password: 'hunter2' })
    expect(String(options.tls?.ca)).toContain('over TLS, with the certificates')
  })

  it('is refused where the account or the certificates are missing', () => {
    const said = (environment: Record<string, string>) => () => brokerOptions(valuesOf(environment))
    expect(said({ ASSENT_KAFKA_SASL_MECHANISM: 'plain' })).toThrow('kafka.sasl_username is missing')
    const named = { ASSENT_KAFKA_SASL_MECHANISM: 'plain', ASSENT_KAFKA_SASL_USERNAME: 'a' }
    expect(said(named)).toThrow('kafka.sasl_password is missing')
    expect(said({ ASSENT_KAFKA_TLS_CA_FILE: '/nowhere/ca.pem' })).toThrow(/kafka.tls_ca_file can not be read/)
  })
})
