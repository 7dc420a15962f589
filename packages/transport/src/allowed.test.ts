import { describe, expect, it } from 'vitest'
import { allowedBy } from './allowed.ts'

describe('an allow-list', () => {
  it('allows anything without a list', () => {
    expect(allowedBy(undefined)('http://169.254.169.254/secret')).toBe(true)
  })

  it('allows the origins that are listed, however they are written', () => {
    const allow = ['https://Bank.Example:443/', 'grpc://bank.example:50051']
    expect(allowedBy(allow)('https://bank.example/debit?x=1')).toBe(true)
    expect(allowedBy(allow)('HTTPS://BANK.EXAMPLE/debit')).toBe(true)
    expect(allowedBy(allow)('grpc://bank.example:50051/Bank/Debit')).toBe(true)
  })

  it('allows the commands of a topic that is listed', () => {
    const allows = allowedBy(['kafka:payment-service-commands', 'https://bank.example'])
    expect(allows('kafka:payment-service-commands/ProcessPayment')).toBe(true)
    expect(allows('KAFKA:payment-service-commands/RefundPayment')).toBe(true)
    for (const other of [
      'kafka:payment-service/ProcessPayment',
      'kafka:Payment-Service-Commands/A',
      'kafka:',
      'kafka:/A',
    ])
      expect(allows(other), other).toBe(false)
  })

  it('refuses another scheme, host or port, and what only looks alike', () => {
    const allow = ['https://bank.example']
    const others = [
      'http://bank.example/',
      'https://bank.example:8443/',
      'https://bank.example.evil.example/',
      'https://bank.example@evil.example/',
      'https://evil.example/https://bank.example',
      'grpcs://bank.example',
      'no URL',
      '',
    ]
    for (const other of others) expect(allowedBy(allow)(other), other).toBe(false)
    expect(allowedBy([])('https://bank.example/')).toBe(false)
  })

  it('needs no entry for a function in the process', () => {
    expect(allowedBy([])('local:bank/debit')).toBe(true)
  })

  it('says which entry of the list is no origin', () => {
    for (const entry of [
      'bank.example',
      'https://bank.example/debit',
      'https://u@bank.example',
      'kafka:',
      'kafka:topic/Type',
      '*',
      '',
    ])
      expect(() => allowedBy([entry])).toThrow(/is no origin/)
  })
})
