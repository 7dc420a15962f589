import { describe, expect, it } from 'vitest'
import { commandUrl, readCommandUrl } from './address.ts'

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
