import { describe, expect, it } from 'vitest'
import { commandUrl, readBrokerAddress, readCommandUrl } from './address.ts'

describe('the URL of a command', () => {
  it('names topic and type, and is read as it was written', () => {
    const address = { topic: 'payment-service-commands', commandType: 'ProcessPayment' }
    expect(commandUrl(address)).toBe('kafka:payment-service-commands/ProcessPayment')
    expect(readCommandUrl(commandUrl(address))).toEqual(address)
    expect(URL.canParse(commandUrl(address))).toBe(true)
    expect(readCommandUrl('KAFKA:A.b_c-1/pay.v2')).toEqual({ topic: 'A.b_c-1', commandType: 'pay.v2' })
  })

  it.each([
    '',
    'kafka:',
    'kafka:topic',
    'kafka:topic/',
    'kafka:/Type',
    'kafka://topic/Type',
    'kafka:topic/a/b',
    'kafka:topic/Type?x',
    'kafka:topic/Type\n',
    'kafka:to pic/Type',
    'kafka:./Type',
    'kafka:../Type',
    `kafka:${'t'.repeat(250)}/Type`,
    `kafka:topic/${'T'.repeat(129)}`,
    'http://topic/Type',
  ])('is not %j', (url) => {
    expect(readCommandUrl(url)).toBeUndefined()
  })
})

describe('the address of a broker', () => {
  it('is a host and a port, also as a URL', () => {
    expect(readBrokerAddress('kafka-1:9092')).toBe('kafka-1:9092')
    expect(readBrokerAddress('[::1]:65535')).toBe('[::1]:65535')
    expect(readBrokerAddress('kafka://127.0.0.1:9092')).toBe('127.0.0.1:9092')
  })

  it.each(['', 'one', 'one:', 'one:port', 'one:65536', 'one:99999', 'http://one:1', 'a b:1', 'one:1/'])(
    'is not %j',
    (text) => {
      expect(readBrokerAddress(text)).toBeUndefined()
    },
  )
})
