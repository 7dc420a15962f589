import { describe, expect, it } from 'vitest'
import { addressBook, readAddress } from './address.ts'
import { ADDRESSES_KEPT } from './limits.ts'

describe('readAddress', () => {
  it('tells origin and path, and leaves the fragment out', () => {
    expect(readAddress('HTTP://Bank.Example:80/debit?x=1&y=%20#here')).toEqual({
      origin: 'http://bank.example',
      path: '/debit?x=1&y=%20',
      authorization: undefined,
    })
    expect(readAddress('https://[::1]:8443')).toMatchObject({ origin: 'https://[::1]:8443', path: '/' })
  })

  it('escapes what a request line can not hold', () => {
    expect(readAddress('http://bank.example/a b/ü\r\nx: y')?.path).toMatch(/^[\x21-\x7e]+$/)
  })

  it('makes an authorization of a user name', () => {
    expect(readAddress('http://us%20er:p%C3%A4ss@bank.example/')?.authorization).toBe(
      `Basic ${Buffer.from('us er:päss').toString('base64')}`,
    )
    expect(readAddress('http://50%:x@bank.example/')?.authorization).toMatch(/^Basic /)
  })

  it('knows no address for what is no http or https URL', () => {
    for (const url of [
      '',
      'bank',
      '/debit',
      'http://',
      'http://a b/',
      'ftp://bank/',
      'local:debit',
      'http://[::1',
    ])
      expect(readAddress(url)).toBeUndefined()
  })
})

describe('an address book', () => {
  it('answers the same, however many addresses it was asked for', () => {
    const addressOf = addressBook()
    for (let index = 0; index < ADDRESSES_KEPT * 2 + 1; index++) {
      expect(addressOf(`http://bank.example/${index}`)?.path).toBe(`/${index}`)
      expect(addressOf('http://bank.example/again')?.path).toBe('/again')
    }
    expect(addressOf('no address')).toBeUndefined()
  })
})
