import { describe, expect, it } from 'vitest'
import { isAllowed } from './allowed.ts'

describe('isAllowed', () => {
  it('allows anything without a list', () => {
    expect(isAllowed('http://169.254.169.254/secret', undefined)).toBe(true)
  })

  it('allows the origins that are listed, however they are written', () => {
    const allow = ['https://Bank.Example:443/', 'grpc://bank.example:50051']
    expect(isAllowed('https://bank.example/debit?x=1', allow)).toBe(true)
    expect(isAllowed('HTTPS://BANK.EXAMPLE/debit', allow)).toBe(true)
    expect(isAllowed('grpc://bank.example:50051/Bank/Debit', allow)).toBe(true)
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
    for (const other of others) expect(isAllowed(other, allow), other).toBe(false)
    expect(isAllowed('https://bank.example/', [])).toBe(false)
  })

  it('needs no entry for a function in the process', () => {
    expect(isAllowed('local:bank/debit', [])).toBe(true)
  })

  it('says which entry of the list is no origin', () => {
    for (const entry of ['bank.example', 'https://bank.example/debit', 'https://u@bank.example', '*', ''])
      expect(() => isAllowed('https://bank.example/', [entry])).toThrow(/is no origin/)
  })
})
