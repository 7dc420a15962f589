import { describe, expect, it } from 'vitest'
import { lineOf } from './greeting.ts'
import { brokersIn, featuresIn, frameAt } from './wire.ts'

/** What Apache Kafka 4.3.1 answered, shortened to two of its requests and features. */
const FEATURES = Buffer.concat([
  Buffer.from('0000', 'hex'), // no error
  Buffer.from('0300000000000d000001000400120000000000', 'hex'), // two requests, and not throttled
  Buffer.from('02002703', 'hex'), // two fields beside, the first of 39 bytes with two features
  Buffer.from('\x11metadata.version\0\x07\0\x1e\0'),
  Buffer.from('\x0egroup.version\0\0\0\x01\0'),
  Buffer.from('01080000000000000001', 'hex'), // when all agreed on them
])

describe('the answers of a broker', () => {
  it('are taken once they have arrived whole', () => {
    const message = Buffer.concat([Buffer.from('0000000600000000', 'hex'), Buffer.from('ab'), FEATURES])
    for (let length = 0; length < 10; length += 1) {
      expect(frameAt(message.subarray(0, length), 0)).toBeUndefined()
    }
    expect(frameAt(message, 0)).toEqual({ body: Buffer.from('ab'), end: 10 })
  })

  it('name its features, each with the newest level that it has', () => {
    expect(featuresIn(FEATURES)).toEqual(
      new Map([
        ['metadata.version', 30],
        ['group.version', 1],
      ]),
    )
  })

  it('are refused where they are errors', () => {
    expect(() => featuresIn(Buffer.from('0023', 'hex'))).toThrow('the broker answers with error 35')
  })

  it('count the brokers that serve', () => {
    expect(brokersIn(Buffer.from('0000000000000000', 'hex'))).toBe(0)
    expect(brokersIn(Buffer.from('0000000000000003', 'hex'))).toBe(3)
  })
})

describe('the version of a broker', () => {
  it.each([
    [7, '3.3'],
    [21, '3.9'],
    [22, '4.0'],
    [25, '4.0'],
    [30, '4.3'],
    [31, 'newer than 4.3'],
    [undefined, 'of unknown version'],
  ])('with metadata of level %s is %s', (level, version) => {
    expect(lineOf(level)).toBe(version)
  })
})
