import { describe, expect, it } from 'vitest'
import { kafkaBroker } from './broker.ts'
import { readBrokers } from './options.ts'

describe('the addresses of brokers', () => {
  it('are a list, in a text or not', () => {
    expect(readBrokers('one:9092, two:9093,')).toEqual(['one:9092', 'two:9093'])
    expect(readBrokers(['one:9092', '[::1]:9092'])).toEqual(['one:9092', '[::1]:9092'])
    expect(readBrokers('kafka://127.0.0.1:20123')).toEqual(['127.0.0.1:20123'])
  })

  it('are refused at once where they are none', () => {
    for (const brokers of ['', 'one', 'one:port', 'http://one:9092', 'a b:9092', 'one:65536', []]) {
      expect(() => kafkaBroker({ brokers })).toThrow(TypeError)
    }
  })
})
